//! One pass through all chats: the lists of waiting and of attended ones, then one by one those of ours that no list showed.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::cursor::Pass;
use super::{CHATS, Run, Stop, Wanted, is_of_one, is_refusal};
use crate::domain::event::InboxEvent;
use crate::domain::id::{ConversationId, DepartmentId};
use crate::domain::reconcile::{Known, Source, Step, decide};
use crate::engine::item;
use crate::engine::portal::{ChatList, ShownChat, Shows};
use crate::salesiq::oauth::Principal;
use crate::store::Store;

/// Which part of a run's calls is kept for comparing messages: one of so many.
const KEPT_FOR_MESSAGES: u64 = 3;

/// How far back chats are listed that came and were missed: long enough for a pass that took several runs.
const MISSED_SINCE: SignedDuration = SignedDuration::from_mins(15);

/// The lists of a pass. What our operator may not see of a department is asked for in the facilitator's name.
fn lists(named: &BTreeSet<DepartmentId>, facilitator: bool, began: Timestamp) -> Vec<ChatList> {
    // Without a department SalesIQ lists those of the operator's own (api.md §2.1).
    let departments = || [None].into_iter().chain(named.iter().cloned().map(Some));
    let unattended = |shows, department| ChatList { shows, department, ours_only: false, asked_by: Principal::Bot };
    let waiting = departments().map(|department| unattended(Shows::Waiting, department));
    let since = began - MISSED_SINCE;
    let missed = departments().map(|department| unattended(Shows::Missed { since }, department));
    let attended = departments().map(|department| {
        let all = facilitator && department.is_some();
        let asked_by = if all { Principal::Facilitator } else { Principal::Bot };
        ChatList { shows: Shows::Attended, department, ours_only: !all, asked_by }
    });
    waiting.chain(attended).chain(missed).collect()
}

impl<S: Store + Clone> Run<'_, S> {
    /// Goes on with the pass that is under way, or begins one; the whole of it, if calls and time allow.
    pub(super) async fn pass(&mut self) -> Result<(), Stop> {
        let under_way = self.cursor.pass.take();
        let mut pass = under_way.unwrap_or_else(|| {
            self.cursor.passes += 1;
            Pass::begin(self.cursor.passes, self.now())
        });
        let gone_through = match self.walk(&mut pass).await {
            Ok(()) => self.check_unseen(&mut pass).await,
            stopped => stopped,
        };
        match &gone_through {
            Ok(()) => {
                self.report.passes += 1;
                self.cursor.refused.remove(CHATS);
            }
            Err(_) => self.cursor.pass = Some(pass),
        }
        gone_through
    }

    fn may_walk(&self) -> Result<(), Stop> {
        self.may_call(u64::from(self.watch.workspace.settings.sentinel.calls_per_run) / KEPT_FOR_MESSAGES)
    }

    async fn walk(&mut self, pass: &mut Pass) -> Result<(), Stop> {
        let mut named = self.watch.workspace.settings.departments();
        named.extend(self.watch.portal.own_departments());
        let lists = lists(&named, self.watch.portal.has_facilitator(), pass.started_at);
        while let Some(list) = lists.get(pass.list) {
            self.may_walk()?;
            let (rows, more) = self.page_of(list, pass.page).await?;
            let missed = matches!(list.shows, Shows::Missed { .. });
            for row in rows.iter().filter(|row| row.chat.is_open() != missed) {
                // Several lists may show it.
                if !pass.seen.contains(&row.id) {
                    self.take_row(row).await?;
                    if !missed {
                        pass.seen.insert(&row.id);
                    }
                }
            }
            (pass.list, pass.page) = if more { (pass.list, pass.page + 1) } else { (pass.list + 1, 1) };
        }
        Ok(())
    }

    /// A page of a list; nothing of one that nobody may see.
    async fn page_of(&mut self, list: &ChatList, page: u32) -> Result<(Vec<ShownChat>, bool), Stop> {
        let mut asked = vec![list.clone()];
        if list.asked_by == Principal::Bot && list.department.is_some() && self.watch.portal.has_facilitator() {
            asked.push(ChatList { asked_by: Principal::Facilitator, ..list.clone() });
        }
        for list in asked {
            let error = match self.watch.portal.chats(&list, page, self.now()).await {
                Ok(listed) => {
                    if list.asked_by == Principal::Facilitator {
                        self.cursor.refused.remove(FACILITATOR);
                    }
                    return Ok(listed);
                }
                Err(error) => error,
            };
            let department = list.department.as_ref().map(ToString::to_string);
            if list.asked_by == Principal::Facilitator && is_refusal(&error) {
                self.refused(FACILITATOR, &error).await;
            } else if is_of_one(&error) {
                tracing::info!(workspace = %self.watch.workspace.settings.workspace, department, %error, "a list of chats is not shown");
            } else {
                return Err(Stop::Salesiq(error));
            }
        }
        Ok((Vec::new(), false))
    }

    async fn take_row(&mut self, row: &ShownChat) -> Result<(), Stop> {
        if !row.chat.concerns(&self.watch.workspace.settings) {
            return Ok(());
        }
        let known = self.known(&row.id).await?;
        let step = self.decide(&known, row, Source::List);
        if step != Step::Look {
            return self.take_step(step, row).await;
        }
        self.may_walk()?;
        let Some(read) = self.look_at(&row.id).await? else { return Ok(()) };
        let step = self.decide(&known, &read, Source::Itself);
        self.take_step(step, &read).await
    }

    /// Reads by themselves the open conversations that no list showed, in the order of their ids. Those that were opened
    /// since the pass began were heard of well enough. Those of humans, which without a facilitator no list shows, are
    /// read in one pass of [`TURNS`] each.
    async fn check_unseen(&mut self, pass: &mut Pass) -> Result<(), Stop> {
        let us = &self.watch.workspace.settings.bot_operator;
        let unseen = self.live.iter().filter(|(id, open)| {
            Some(*id) > pass.checked.as_ref()
                && !pass.seen.contains(id)
                && open.opened_at().is_none_or(|at| at < pass.started_at)
                && (open.is_ours_to_answer(us) || pass.is_turn_of(id))
        });
        let unseen: Vec<ConversationId> = unseen.map(|(id, _)| id.clone()).collect();
        for id in unseen {
            self.may_walk()?;
            let read = match self.look_at(&id).await {
                Ok(read) => read,
                Err(stop) => {
                    // One that can't be read twice is left to the next pass, and does not hold up the others.
                    let refused = matches!(stop, Stop::Salesiq(_));
                    if refused && pass.stumbled_over.replace(id.clone()).as_ref() == Some(&id) {
                        pass.checked = Some(id);
                    }
                    return Err(stop);
                }
            };
            if let Some(read) = read {
                let known = self.known(&id).await?;
                let step = self.decide(&known, &read, Source::Itself);
                self.take_step(step, &read).await?;
            }
            self.report.checked += 1;
            pass.checked = Some(id);
        }
        Ok(())
    }

    /// What we know: by the list of open conversations, which may be a moment old, else by the state itself.
    async fn known(&self, conversation: &ConversationId) -> Result<Known, Stop> {
        if let Some(open) = self.live.get(conversation) {
            return Ok(Known::Open(open.clone()));
        }
        self.known_by_state(conversation).await
    }

    async fn known_by_state(&self, conversation: &ConversationId) -> Result<Known, Stop> {
        let loaded = self.sentinel.store.load(&self.key(conversation)).await?;
        let Some(state) = &loaded.state else { return Ok(Known::of(None, !loaded.unread.is_empty())) };
        match item::read(conversation, state) {
            Ok(read) => Ok(Known::of(Some(&read), false)),
            Err(error) => {
                tracing::error!(workspace = %self.watch.workspace.settings.workspace, %conversation, %error, "a state can't be compared");
                Ok(Known::Unread)
            }
        }
    }

    fn decide(&self, known: &Known, shown: &ShownChat, source: Source) -> Step {
        let us = &self.watch.workspace.settings.bot_operator;
        decide(known, &shown.chat, source, self.compared.get(&shown.id).copied(), us, self.now())
    }

    async fn take_step(&mut self, step: Step, shown: &ShownChat) -> Result<(), Stop> {
        match step {
            Step::Nothing | Step::Look => {}
            Step::Open => {
                let us = &self.watch.workspace.settings.bot_operator;
                if shown.chat.attender.as_ref().is_some_and(|attender| &attender.id != us) {
                    // Otherwise the first line would seem to wait for the human who has answered it.
                    self.may_walk()?;
                    self.find_lines(&shown.id, shown.chat.changed_at).await?;
                }
                self.report.opened += usize::from(self.record(&shown.read).await?);
            }
            Step::Follow { record, compare } => {
                if record {
                    self.report.followed += usize::from(self.record(&shown.read).await?);
                }
                if let (Some(why), Some(changed_at)) = (compare, shown.chat.changed_at) {
                    self.wanted.insert(Wanted { why, changed_at, conversation: shown.id.clone() });
                }
            }
            Step::Reopen { ended_at } => {
                self.may_walk()?;
                // A line says more than that it was reopened, and when.
                let found = self.find_lines(&shown.id, shown.chat.changed_at).await?;
                let mut events: Vec<InboxEvent> = Vec::new();
                if !found.iter().any(|written_at| *written_at > ended_at) {
                    events.push(shown.reopened());
                }
                events.push(shown.read.clone());
                let mut new = false;
                for event in &events {
                    new |= self.record(event).await?;
                }
                self.report.opened += usize::from(new);
            }
            Step::End { compare } => {
                if matches!(self.known_by_state(&shown.id).await?, Known::Closed { .. }) {
                    return Ok(());
                }
                if compare {
                    self.may_walk()?;
                    self.find_lines(&shown.id, shown.chat.changed_at).await?;
                }
                self.report.closed += usize::from(self.record(&shown.read).await?);
            }
        }
        Ok(())
    }
}

const FACILITATOR: &str = "facilitator";
