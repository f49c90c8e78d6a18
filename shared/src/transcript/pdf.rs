//! A4 pages with the embedded part of Noto Sans that is used: Latin with Vietnamese and Turkish, Cyrillic, Greek.
//!
//! Letters are set one after the other from left to right, without shaping: scripts that need it are not in the font, and
//! show as replacement characters with a note that says so.

mod layout;

use krilla::Document;
use krilla::color::rgb;
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use ttf_parser::Face;

use super::sheet::{DecisionSheet, LineSheet, Sheet};
use layout::{Layout, Mark, Piece};

/// See `font/LICENSE`.
const FONT: &[u8] = include_bytes!("font/NotoSans-Regular.ttf");

const BLACK: [u8; 3] = [31, 41, 51];
const GREY: [u8; 3] = [82, 96, 109];
const BLUE: [u8; 3] = [30, 64, 140];
const RED: [u8; 3] = [155, 44, 44];

const TITLE: f32 = 16.0;
const HEADING: f32 = 12.0;
const BODY: f32 = 9.5;
const SMALL: f32 = 8.0;

const MISSING: &str = "Characters that this file's font lacks are shown as \u{fffd}; the other formats have them.";

pub(super) fn write(sheet: &Sheet) -> Result<Vec<u8>, String> {
    let face = Face::parse(FONT, 0).map_err(|error| format!("the font: {error}"))?;
    let font = Font::new(FONT.into(), 0).ok_or("the font can't be embedded")?;
    let layout = laid_out(sheet, Layout::new(&face));
    let mut document = Document::new();
    document.set_metadata(Metadata::new().title(sheet.title.clone()).language("en".to_owned()));
    let pages = layout.finish();
    let count = pages.len();
    for (index, marks) in pages.iter().enumerate() {
        let settings =
            PageSettings::from_wh(layout::WIDTH, layout::HEIGHT).ok_or_else(|| "the page has no size".to_owned())?;
        let mut page = document.start_page_with(settings);
        let mut surface = page.surface();
        let number = Mark::Text {
            piece: layout::piece(&face, &format!("Page {} of {count}", index + 1)),
            x: layout::MARGIN,
            y: layout::HEIGHT - layout::MARGIN / 2.0,
            size: SMALL,
            color: GREY,
        };
        for mark in marks.iter().chain([&number]) {
            match mark {
                Mark::Text { piece, x, y, size, color } => {
                    surface.set_stroke(None);
                    surface.set_fill(Some(fill(*color)));
                    let glyphs = glyphs(piece);
                    surface.draw_glyphs(Point::from_xy(*x, *y), &glyphs, font.clone(), &piece.text, *size, false);
                }
                Mark::Rule { y } => {
                    let mut path = PathBuilder::new();
                    path.move_to(layout::MARGIN, *y);
                    path.line_to(layout::WIDTH - layout::MARGIN, *y);
                    surface.set_fill(None);
                    surface.set_stroke(Some(Stroke { paint: color([217, 222, 228]).into(), ..Stroke::default() }));
                    if let Some(path) = path.finish() {
                        surface.draw_path(&path);
                    }
                }
            }
        }
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|error| format!("{error:?}"))
}

fn color([red, green, blue]: [u8; 3]) -> rgb::Color {
    rgb::Color::new(red, green, blue)
}

fn fill(of: [u8; 3]) -> Fill {
    Fill { paint: color(of).into(), ..Fill::default() }
}

fn glyphs(piece: &Piece) -> Vec<KrillaGlyph> {
    piece
        .glyphs
        .iter()
        .map(|glyph| {
            let id = GlyphId::new(u32::from(glyph.id));
            KrillaGlyph::new(id, glyph.advance, 0.0, 0.0, 0.0, glyph.range.clone(), None)
        })
        .collect()
}

fn laid_out<'a>(sheet: &Sheet, mut layout: Layout<'a>) -> Layout<'a> {
    layout.paragraph(&sheet.title, TITLE, BLACK, 0.0);
    layout.space(4.0);
    layout.paragraph(&sheet.happened, BODY, BLACK, 0.0);
    if let Some(to_do) = &sheet.to_do {
        layout.paragraph(to_do, BODY, RED, 0.0);
    }
    layout.space(6.0);
    for (label, value) in sheet.facts.iter().chain(&sheet.request) {
        layout.row(&[(label, 110.0, GREY), (value, layout::INNER - 110.0, BLACK)], BODY);
    }
    heading(&mut layout, "Conversation");
    if let Some(left_out) = &sheet.left_out {
        layout.paragraph(left_out, BODY, RED, 0.0);
    }
    if sheet.lines.is_empty() {
        layout.paragraph("Nothing was said.", BODY, GREY, 0.0);
    }
    for line in &sheet.lines {
        spoken(&mut layout, line);
    }
    if !sheet.attempts.is_empty() {
        heading(&mut layout, "Who was rung");
        for attempt in &sheet.attempts {
            layout.paragraph(attempt, BODY, BLACK, 0.0);
        }
    }
    if !sheet.decisions.is_empty() {
        heading(&mut layout, "How it was decided whom to ring");
        for decision in &sheet.decisions {
            decided(&mut layout, decision);
        }
    }
    layout.rule();
    layout.paragraph(&sheet.footer, SMALL, GREY, 0.0);
    if layout.lacked_letters() {
        layout.paragraph(MISSING, SMALL, GREY, 0.0);
    }
    layout
}

fn heading(layout: &mut Layout<'_>, text: &str) {
    layout.space(10.0);
    layout.paragraph(text, HEADING, BLACK, 0.0);
    layout.rule();
}

fn spoken(layout: &mut Layout<'_>, line: &LineSheet) {
    // A name is not parted from what was said.
    layout.keep_together(3.0 * BODY * layout::LEADING);
    let head = format!("{}  {}  {}", line.time, line.who, line.marks);
    layout.paragraph(head.trim_end(), SMALL, if line.visitors { BLUE } else { GREY }, 0.0);
    if let Some(file) = &line.file {
        layout.paragraph(&format!("File: {file}"), BODY, BLACK, 12.0);
    }
    for part in line.text.lines() {
        layout.paragraph(part, BODY, BLACK, 12.0);
    }
    layout.space(4.0);
}

fn decided(layout: &mut Layout<'_>, decision: &DecisionSheet) {
    layout.keep_together(4.0 * BODY * layout::LEADING);
    layout.paragraph(&decision.heading, BODY, BLACK, 0.0);
    for note in &decision.notes {
        layout.paragraph(note, SMALL, GREY, 0.0);
    }
    if decision.rows.is_empty() {
        return;
    }
    let widths = [150.0, 75.0, 125.0, layout::INNER - 350.0];
    let mut row = |cells: [&str; 4], color| {
        let [a, b, c, d] = widths;
        let [operator, chats, idle, verdict] = cells;
        layout.row(&[(operator, a, color), (chats, b, color), (idle, c, color), (verdict, d, color)], SMALL);
        layout.rule();
    };
    row(["Operator", "Chats", "Last rung or given a chat", "Verdict"], GREY);
    for operator in &decision.rows {
        row([&operator.operator, &operator.chats, &operator.idle_since, &operator.verdict], BLACK);
    }
    layout.space(6.0);
}

#[cfg(test)]
#[path = "pdf_tests.rs"]
mod tests;
