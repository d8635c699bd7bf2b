//! `poilift why`: the life of one store, for somebody who never saw the program: where it stands and by which rule, where
//! each value came from, what was sent, what came back, what was read and what that meant, what can still be withdrawn,
//! and what to do.

mod events;
mod json;
mod ordered;
mod outlook;
mod plan;
#[cfg(test)]
mod tests;

pub use outlook::Guide;

use super::lines::told;
use super::reasons;
use super::visible::visible;
use crate::ledger::{StoreRow, StoryLine, StoryRun, SuppliedBy};
use crate::store::{BulkJob, Lang, Stamp, State, UpgradeStatus, Words, Zone};
use crate::wire::{Endpoint, ErrorTable};
use crate::words;

/// Everything that a story is told from.
#[derive(Debug, Clone, Copy)]
pub struct Story<'a> {
    /// The store.
    pub row: &'a StoreRow,
    /// What happened to it, in order.
    pub lines: &'a [StoryLine],
    /// The runs in which it happened.
    pub runs: &'a [StoryRun],
    /// Who supplied its cells, and when.
    pub supplied: &'a [SuppliedBy],
    /// What errcodes mean for this account.
    pub errors: &'a ErrorTable,
    /// The commands that lead on.
    pub guide: &'a Guide,
    /// In which zone times are told.
    pub zone: &'a Zone,
}

impl Story<'_> {
    /// The story as text, each line ended.
    #[must_use]
    pub fn text(&self, lang: Lang) -> String {
        let mut page = Page { lang, out: String::new() };
        page.line(0, &self.who());
        page.line(0, &self.where_from());
        page.section(&words!("Where it stands"; "现状"), &self.stands());
        page.section(&words!("What the plan wants, and why"; "计划与依据"), &self.rule());
        page.section(&words!("What is sent, and where each value came from"; "提交内容与来源"), &self.values());
        self.happened(&mut page);
        let withdrawal = self.withdrawal();
        page.section(&words!("What can still be withdrawn"; "能否撤回"), &[withdrawal.words]);
        let next = self.next();
        let commands = next.commands.into_iter().map(|command| Words::same(format!("  {command}")));
        let next: Vec<Words> = std::iter::once(next.words).chain(commands).collect();
        page.section(&words!("What to do next"; "下一步"), &next);
        page.out
    }

    fn is_order(&self) -> bool {
        self.guide.job != BulkJob::Migrate
    }

    fn rule(&self) -> Vec<Words> {
        if self.is_order() { ordered::rule(self) } else { plan::rule(self.row) }
    }

    fn values(&self) -> Vec<Words> {
        if self.is_order() { ordered::values(self) } else { plan::values(self) }
    }

    fn withdrawal(&self) -> outlook::Withdrawal {
        if self.is_order() { ordered::withdrawal(self) } else { outlook::withdrawal(self.row) }
    }

    fn next(&self) -> outlook::Next {
        if self.is_order() { ordered::next(self) } else { outlook::next(self) }
    }

    /// What the platform showed, in people's words.
    fn shows(&self, status: &UpgradeStatus) -> Words {
        if self.is_order() { ordered::progress(status) } else { status.words() }
    }

    fn who(&self) -> Words {
        let Words { en, zh } = self.named();
        if !self.is_order() {
            return Words { en, zh };
        }
        let job = self.guide.job.name();
        Words { en: format!("{en} [{}]", job.en), zh: format!("{zh}［{}］", job.zh) }
    }

    fn named(&self) -> Words {
        let row = self.row;
        let parts = [
            told(row, |store| &store.business_name),
            told(row, |store| &store.branch_name),
            told(row, |store| &store.city),
        ];
        let name = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
        let sid = row.record.sid.as_ref().map(|sid| format!(" (sid {sid})")).unwrap_or_default();
        match row.poi_id() {
            Some(id) => words!("Store {id}{sid}: {name}"; "门店 {id}{sid}：{name}"),
            None => words!("A store without a usable poi_id{sid}: {name}"; "没有可用 poi_id 的门店{sid}：{name}"),
        }
    }

    /// The source, and the zone of all times that follow.
    fn where_from(&self) -> Words {
        let (place, zone) = (&self.row.place, self.zone.name(self.row.updated_at));
        if place.file == Endpoint::Getpoilist.key() {
            return words!("from the platform's own list; times are {zone}"; "来自平台的门店列表；时间为 {zone}");
        }
        let Words { en, zh } = place.words();
        Words { en: format!("from {en}; times are {zone}"), zh: format!("来自 {zh}；时间为 {zone}") }
    }

    fn stands(&self) -> Vec<Words> {
        let row = self.row;
        let (state, since) = (row.state.name(), self.moment(row.updated_at));
        let key = if state.en == row.state.key() { String::new() } else { format!(" ({})", row.state) };
        let why = |lang| reasons::words_of(row, lang).into_owned();
        let (en, zh) = (why(Lang::En), why(Lang::Zh));
        let mut lines = vec![Words {
            en: format!("{}{key}, since {since}", state.en),
            zh: format!("{}（{}），自 {since} 起", state.zh, row.state),
        }];
        lines.extend((!en.is_empty()).then(|| Words { en: format!("because: {en}"), zh: format!("原因：{zh}") }));
        lines.push(self.last_seen());
        lines.push(self.sent());
        lines
    }

    /// What the platform showed last.
    fn last_seen(&self) -> Words {
        let Some(now) = &self.row.now else {
            // A reading that showed no store leaves nothing at its row but that.
            if let Some(reading) = self.lines.iter().rev().find(|line| line.phase == "reading") {
                let at = self.moment(reading.sent_at.unwrap_or(reading.at));
                let Words { en, zh } = events::shown(self, reading);
                return words!("the platform, last read {at}: {en}"; "平台最近查询（{at}）：{zh}");
            }
            return words!(
                "the platform was not read for it yet: what stands here is the input's word";
                "尚未在平台上查询该店，以上内容仅来自输入文件"
            );
        };
        let (at, Words { en, zh }) = (self.moment(now.read_at), self.shows(&now.status));
        let comment = |quoted: &str| if now.comment.is_empty() { String::new() } else { quoted.to_owned() };
        let (en_comment, zh_comment) =
            (comment(&format!(", “{}”", now.comment)), comment(&format!("，“{}”", now.comment)));
        let (said_en, said_zh) = match self.row.state {
            State::Deleted | State::Vanished => ("the platform showed it last", "平台最后一次显示该店"),
            _ => ("the platform, last read", "平台最近显示"),
        };
        Words {
            en: format!("{said_en} {at}: {en}{en_comment}"),
            zh: format!("{said_zh}（{at} 查询）：{zh}{zh_comment}"),
        }
    }

    /// How often a request left for it.
    fn sent(&self) -> Words {
        let left = |line: &&StoryLine| line.phase == "outcome" && line.outcome.as_deref() != Some("not_sent");
        match self.lines.iter().filter(left).count() {
            0 => words!("no request that changes anything has left for it"; "尚未为该店发出任何写请求"),
            1 => words!("one request that changes something has left for it"; "已为该店发出 1 次写请求"),
            n => words!("{n} requests that change something have left for it"; "已为该店发出 {n} 次写请求"),
        }
    }

    /// Run by run, moment by moment.
    fn happened(&self, page: &mut Page) {
        page.section(&words!("What happened"; "经过"), &[]);
        let events = events::told(self);
        if events.is_empty() {
            page.line(
                1,
                &words!("nothing was sent for it, and nothing read by its own key"; "尚未针对该店单独提交或查询"),
            );
        }
        let mut run = None;
        for event in events {
            if run != Some(event.run) {
                run = Some(event.run);
                page.line(1, &self.run(event.run));
            }
            let (at, Words { en, zh }) = (self.moment(event.at), event.what);
            page.line(2, &Words { en: format!("{at}  {en}"), zh: format!("{at}  {zh}") });
            for line in event.details {
                page.line(3, &line);
            }
            if let Some(Words { en, zh }) = event.so {
                page.line(3, &Words { en: format!("→ {en}"), zh: format!("→ {zh}") });
            }
        }
    }

    fn run(&self, id: i64) -> Words {
        let Some(run) = self.runs.iter().find(|run| run.id == id) else {
            return words!("run {id}"; "第 {id} 次运行");
        };
        let (command, at) = ((self.guide.quote)(&run.arguments), self.moment(run.started_at));
        let (person, host) = (&run.person, &run.host);
        words!("run {id}, {at}, {person} on {host}: poilift {command}"; "第 {id} 次运行，{at}，{person}（{host}）：poilift {command}")
    }

    fn moment(&self, at: Stamp) -> String {
        at.local(self.zone)
    }
}

struct Page {
    lang: Lang,
    out: String,
}

impl Page {
    fn line(&mut self, indent: usize, words: &Words) {
        self.out.push_str(&"  ".repeat(indent));
        self.out.push_str(&visible(words.get(self.lang)));
        self.out.push('\n');
    }

    /// A heading with what stands under it; nothing at all where there is nothing to say.
    fn section(&mut self, heading: &Words, lines: &[Words]) {
        self.out.push('\n');
        self.line(0, heading);
        for line in lines {
            self.line(1, line);
        }
    }
}
