//! Breaks texts into lines and lines into pages.

use std::ops::Range;

use ttf_parser::Face;
use unicode_normalization::UnicodeNormalization;

/// A4, in points.
pub(super) const WIDTH: f32 = 595.0;
pub(super) const HEIGHT: f32 = 842.0;
pub(super) const MARGIN: f32 = 48.0;
/// Between the margins.
pub(super) const INNER: f32 = WIDTH - 2.0 * MARGIN;
/// A line's height, in sizes of its font.
pub(super) const LEADING: f32 = 1.4;

/// Between two columns.
const GAP: f32 = 6.0;

/// What stands for a letter that the font lacks.
const REPLACEMENT: char = '\u{fffd}';

/// A line of text as it is drawn.
#[derive(Debug, Clone, Default)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) glyphs: Vec<Glyph>,
}

/// One letter; its advance in sizes of the font.
#[derive(Debug, Clone)]
pub(super) struct Glyph {
    pub(super) id: u16,
    pub(super) advance: f32,
    pub(super) range: Range<usize>,
}

/// Something on a page.
#[derive(Debug)]
pub(super) enum Mark {
    Text { piece: Piece, x: f32, y: f32, size: f32, color: [u8; 3] },
    Rule { y: f32 },
}

/// Pages in the making.
pub(super) struct Layout<'a> {
    face: &'a Face<'a>,
    pages: Vec<Vec<Mark>>,
    y: f32,
    lacked: bool,
}

impl<'a> Layout<'a> {
    pub(super) fn new(face: &'a Face<'a>) -> Self {
        Self { face, pages: vec![Vec::new()], y: MARGIN, lacked: false }
    }

    /// Some letter was replaced.
    pub(super) fn lacked_letters(&self) -> bool {
        self.lacked
    }

    pub(super) fn finish(self) -> Vec<Vec<Mark>> {
        self.pages
    }

    pub(super) fn space(&mut self, height: f32) {
        self.y += height;
    }

    /// Begins a new page unless that much still fits.
    pub(super) fn keep_together(&mut self, height: f32) {
        if self.y + height > HEIGHT - MARGIN {
            self.pages.push(Vec::new());
            self.y = MARGIN;
        }
    }

    pub(super) fn rule(&mut self) {
        // Below the tails of letters.
        let y = self.y + 4.0;
        self.mark(Mark::Rule { y });
        self.y += 6.0;
    }

    pub(super) fn paragraph(&mut self, text: &str, size: f32, color: [u8; 3], indent: f32) {
        for piece in self.wrap(text, size, INNER - indent) {
            self.keep_together(size * LEADING);
            self.y += size * LEADING;
            let y = self.y;
            self.mark(Mark::Text { piece, x: MARGIN + indent, y, size, color });
        }
    }

    /// Cells beside each other: text, width, color.
    pub(super) fn row(&mut self, cells: &[(&str, f32, [u8; 3])], size: f32) {
        let wrapped: Vec<Vec<Piece>> =
            cells.iter().map(|(text, width, _)| self.wrap(text, size, width - GAP)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or_default();
        for line in 0..height {
            self.keep_together(size * LEADING);
            self.y += size * LEADING;
            let y = self.y;
            let mut x = MARGIN;
            for ((_, width, color), pieces) in cells.iter().zip(&wrapped) {
                if let Some(piece) = pieces.get(line).cloned() {
                    self.mark(Mark::Text { piece, x, y, size, color: *color });
                }
                x += width;
            }
        }
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Lines no wider than `width`, broken between words, and within a word that is wider by itself.
    fn wrap(&mut self, text: &str, size: f32, width: f32) -> Vec<Piece> {
        let limit = width / size;
        let clean: String = text.nfc().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let mut lines = vec![Line::default()];
        for word in clean.split_whitespace() {
            let mut last = lines.pop().unwrap_or_default();
            let word = self.measured(word);
            let wide: f32 = word.iter().map(|letter| letter.advance).sum();
            let space = if last.letters.is_empty() { 0.0 } else { self.space_width() };
            if last.width + space + wide <= limit {
                if space > 0.0 {
                    last.push(self.letter(' '));
                }
            } else if !last.letters.is_empty() {
                lines.push(std::mem::take(&mut last));
            }
            for letter in word {
                if last.width + letter.advance > limit && !last.letters.is_empty() {
                    lines.push(std::mem::take(&mut last));
                }
                last.push(letter);
            }
            lines.push(last);
        }
        lines.into_iter().map(Line::into_piece).collect()
    }

    fn measured(&mut self, word: &str) -> Vec<Letter> {
        word.chars()
            .map(|c| {
                let letter = letter(self.face, c);
                self.lacked |= letter.replaced;
                letter
            })
            .collect()
    }

    fn letter(&self, c: char) -> Letter {
        letter(self.face, c)
    }

    fn space_width(&self) -> f32 {
        self.letter(' ').advance
    }
}

/// A text on one line, whatever its width.
pub(super) fn piece(face: &Face<'_>, text: &str) -> Piece {
    let mut line = Line::default();
    for c in text.chars() {
        line.push(letter(face, c));
    }
    line.into_piece()
}

#[derive(Debug, Clone, Copy)]
struct Letter {
    c: char,
    id: u16,
    advance: f32,
    replaced: bool,
}

fn letter(face: &Face<'_>, wanted: char) -> Letter {
    let found = face.glyph_index(wanted).filter(|id| id.0 != 0);
    let (c, replaced) = if found.is_some() { (wanted, false) } else { (REPLACEMENT, true) };
    let id = found.or_else(|| face.glyph_index(REPLACEMENT)).unwrap_or_default();
    let units = f32::from(face.units_per_em());
    Letter {
        c,
        id: id.0,
        advance: face.glyph_hor_advance(id).map_or(0.5, |advance| f32::from(advance) / units),
        replaced,
    }
}

#[derive(Debug, Default)]
struct Line {
    letters: Vec<Letter>,
    width: f32,
}

impl Line {
    fn push(&mut self, letter: Letter) {
        self.width += letter.advance;
        self.letters.push(letter);
    }

    fn into_piece(self) -> Piece {
        let mut piece = Piece::default();
        for letter in self.letters {
            let start = piece.text.len();
            piece.text.push(letter.c);
            piece.glyphs.push(Glyph { id: letter.id, advance: letter.advance, range: start..piece.text.len() });
        }
        piece
    }
}
