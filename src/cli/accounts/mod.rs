//! `--account NAME` and `--accounts all`: a command for accounts with names. Everything that can be wrong with the list is
//! said before anything is made or sent; then each runs as if it were alone, in a thread of its own.

mod paths;
mod sheet;
mod side_by_side;

use std::path::PathBuf;

use super::args::{Command, Common, Online, Sending};
use super::context::Context;
use super::dispatch;
use super::exit::Exit;
use super::failure::Failure;
use super::seat::Seat;
use super::settings::{LEDGERS, Settings};
use crate::config::{
    Account, AccountFault, AccountsError, Environment, File, check_accounts, choose_account, choose_accounts,
};
use crate::intake::read_approved;
use crate::ledger::same_file;
use crate::pipeline::{Machine as _, Notice, ThisMachine};
use crate::store::{JoinKey, Words};
use crate::words;

/// What belongs to the default account alone, and is hidden from the others.
const DEFAULT_ACCOUNTS: [&str; 4] = ["POILIFT_APPID", "POILIFT_SECRET", "POILIFT_ACCESS_TOKEN", "POILIFT_LEDGER"];

/// The command as one account understands it.
struct Job {
    account: Account,
    command: Command,
    common: Common,
    file: File,
    arguments: Vec<String>,
}

/// Runs the command for the accounts that are meant; one alone ends as it always does, several end with a table.
pub fn run(context: &Context<'_>, command: &Command) -> Result<Exit, Failure> {
    let rehearsal = is_rehearsal(command);
    refuse_words(context.common, command)?;
    let accounts = configured(context, rehearsal)?;
    let chosen = match (&context.common.account, &context.common.accounts) {
        (Some(name), _) => vec![choose_account(&accounts, name)?],
        (None, wanted) => choose_accounts(&accounts, wanted.as_deref().unwrap_or_default())?,
    };
    let jobs: Vec<Job> = chosen.into_iter().map(|account| Job::of(context, command, account)).collect();
    jobs.iter().try_for_each(|job| job.check(context))?;
    refuse_shared(context, &jobs)?;
    make_room(context, &jobs)?;
    tell_hidden(context, &jobs);
    match (&context.common.accounts, jobs.as_slice()) {
        (None, [job]) => job.run(context, &Seat { name: job.account.name.clone(), among: None }, context.screen),
        _ => side_by_side::run(context, &jobs),
    }
}

impl Job {
    fn of(context: &Context<'_>, command: &Command, account: &Account) -> Self {
        let (command, common) = paths::for_account(command, context.common, &account.name);
        let arguments = for_one(&context.arguments, &account.name);
        Self { account: account.clone(), command, common, file: context.file.of_account(account), arguments }
    }

    /// Looks through the account's own eyes: its keys, its paths, and an environment without the default account's.
    fn with<T>(
        &self,
        context: &Context<'_>,
        seat: &Seat,
        screen: &super::screen::Screen,
        work: impl FnOnce(&Context<'_>) -> T,
    ) -> T {
        let environment = |name: &str| {
            let hidden = DEFAULT_ACCOUNTS.contains(&name) && self.account.keys.variables().all(|own| own != name);
            if hidden { None } else { (context.environment)(name) }
        };
        let environment: &Environment<'_> = &environment;
        let (file, keep, errors) = (self.file.clone(), context.keep.clone(), context.errors.clone());
        let (arguments, fast) = (self.arguments.clone(), context.fast);
        let account = Some(seat);
        work(&Context { common: &self.common, environment, screen, file, keep, errors, fast, arguments, account })
    }

    fn run(&self, context: &Context<'_>, seat: &Seat, screen: &super::screen::Screen) -> Result<Exit, Failure> {
        self.with(context, seat, screen, |context| dispatch(context, &self.command))
    }

    /// What would end this account's run before its first call, while nothing has begun for any of them.
    fn check(&self, context: &Context<'_>) -> Result<(), Failure> {
        let Some(online) = online(&self.command).filter(|online| online.sandbox.is_none()) else { return Ok(()) };
        let needs_platform = needs_platform(&self.command);
        if needs_platform && !self.account.keys.has_credentials() {
            let fault = AccountFault::NoCredentials { name: self.account.name.clone() };
            return Err(AccountsError { place: self.account.place.clone(), fault }.into());
        }
        let seat = Seat { name: self.account.name.clone(), among: None };
        let checked = self.with(context, &seat, context.screen, |context| {
            let settings = Settings::of(context);
            settings.orders(&Sending::default(), online)?;
            let Some(platform) = settings.platform(online)? else { return Ok(()) };
            let client = ThisMachine::new().transport(&platform.transport, &platform.redactor);
            client.map(drop).map_err(|error| crate::pipeline::PipelineError::from(error).into())
        });
        checked.map_err(|failure| self.naming(failure))
    }

    /// The same failure, with the account to which it happened.
    fn naming(&self, failure: Failure) -> Failure {
        let (name, place) = (&self.account.name, &self.account.place);
        let Words { en, zh } = &failure.words;
        let words = words!("account {name:?} ({place}): {en}"; "账号 {name:?}（{place}）：{zh}");
        Failure { words, ..failure }
    }

    fn ledger(&self, context: &Context<'_>) -> PathBuf {
        let seat = Seat { name: self.account.name.clone(), among: None };
        self.with(context, &seat, context.screen, |context| Settings::of(context).ledger(is_rehearsal(&self.command)))
    }
}

/// Words of the command that make no sense with accounts.
fn refuse_words(common: &Common, command: &Command) -> Result<(), Failure> {
    if online(command).is_some_and(|online| online.appid.is_some()) {
        return Err(Failure::usage(
            words!("--appid together with --account or --accounts"; "--appid 不能与 --account 或 --accounts 同时使用"),
            Some(
                words!("each account's appid stands with its name in the configuration"; "各账号的 appid 写在其配置中"),
            ),
        ));
    }
    let (one, several) = match command {
        Command::Explain(_) | Command::Sandbox(_) => (false, false),
        Command::Why(_)
        | Command::Check(_)
        | Command::Template(_)
        | Command::Fill(_)
        | Command::Accept(_)
        | Command::Ctl(_)
        | Command::Doctor(_)
        | Command::Merchant(_)
        | Command::Map(_)
        | Command::Store(_)
        | Command::Card(_)
        | Command::Media(_)
        | Command::Rid(_)
        | Command::Quota(_) => (true, false),
        _ => (true, true),
    };
    match &common.account {
        None if !several => Err(Failure::usage(
            words!("this command is not for several accounts at once"; "该命令不能同时用于多个账号"),
            Some(words!(
                "--accounts goes with migrate, plan, apply, watch, reconcile, status, report and pull; others take --account NAME";
                "--accounts 可用于 migrate、plan、apply、watch、reconcile、status、report、pull；其他命令请用 --account 名称"
            )),
        )),
        Some(_) if !one => Err(Failure::usage(
            words!("this command has nothing to do with an account"; "该命令与账号无关"),
            Some(words!("leave --account out"; "请去掉 --account")),
        )),
        _ => Ok(()),
    }
}

/// All accounts of the configuration, checked whichever are meant.
fn configured(context: &Context<'_>, rehearsal: bool) -> Result<Vec<Account>, Failure> {
    let file = &context.file;
    let mut accounts = file.accounts().to_vec();
    if let Some(path) = &file.accounts_file {
        accounts.extend(sheet::read(path)?);
    }
    let default = file.appid.as_deref().map(|appid| (appid, "poilift.toml"));
    check_accounts(&accounts, default, rehearsal)?;
    refuse_shared_ledgers(file, &accounts)?;
    Ok(accounts)
}

/// How the files beside a ledger end: one of them is no other account's ledger.
const COMPANIONS: [&str; 7] = ["-wal", "-shm", "-journal", ".lock", ".log", ".mark", ".sock"];

/// No two accounts have one ledger, whichever of them are meant now.
fn refuse_shared_ledgers(file: &File, accounts: &[Account]) -> Result<(), Failure> {
    let mut taken = std::collections::HashMap::new();
    if file.appid.is_some() {
        let ledger = file.ledger.clone().unwrap_or_else(|| "poilift.db".into());
        taken.insert(same_file(&ledger), "poilift.toml".to_owned());
    }
    for Account { name, keys, place } in accounts {
        let ledger = keys.ledger.as_ref().map_or_else(
            || format!("{LEDGERS}/{name}.db").into(),
            |ledger| PathBuf::from(ledger.to_string_lossy().replace(paths::PLACEHOLDER, name)),
        );
        if let Some(suffix) = COMPANIONS.into_iter().find(|suffix| ledger.to_string_lossy().ends_with(suffix)) {
            let ledger = ledger.display();
            return Err(Failure::usage(
                words!(
                    "{place}: the ledger {ledger} of the account {name:?} ends in {suffix}, as a file beside a ledger does";
                    "{place}：账号 {name:?} 的账本 {ledger} 以 {suffix} 结尾，与账本的附属文件同名"
                ),
                Some(
                    words!("name it otherwise, for instance {LEDGERS}/{name}.db"; "请改用其他名字，例如 {LEDGERS}/{name}.db"),
                ),
            ));
        }
        if let Some(other) = taken.insert(same_file(&ledger), place.clone()) {
            let ledger = ledger.display();
            return Err(Failure::usage(
                words!("{place}: the account {name:?} has the ledger {ledger} of another one ({other})"; "{place}：账号 {name:?} 的账本 {ledger} 与另一账号（{other}）相同"),
                Some(
                    words!("each account has a ledger of its own; without the key it is {LEDGERS}/NAME.db"; "每个账号须有自己的账本；不设置时为 {LEDGERS}/名称.db"),
                ),
            ));
        }
    }
    Ok(())
}

fn refuse_shared(context: &Context<'_>, jobs: &[Job]) -> Result<(), Failure> {
    let ledgers: Vec<PathBuf> = jobs.iter().map(|job| job.ledger(context)).collect();
    let claims = jobs.iter().zip(&ledgers);
    let claims = claims.map(|(job, ledger)| paths::Claims { name: &job.account.name, ledger, command: &job.command });
    paths::refuse_shared(&claims.collect::<Vec<_>>())?;
    refuse_shared_approvals(context, jobs)
}

/// A list of approved deletions may be that of several accounts as long as it names stores by `poi_id`: a `sid` is the
/// account's own, and may be given twice.
fn refuse_shared_approvals(context: &Context<'_>, jobs: &[Job]) -> Result<(), Failure> {
    let mut lists = std::collections::HashMap::new();
    for job in jobs {
        let sending = match &job.command {
            Command::Migrate(args) => &args.sending,
            Command::Apply(args) => &args.sending,
            _ => continue,
        };
        let Some(Some(list)) = &sending.allow_delete else { continue };
        let Some(other) = lists.insert(same_file(list), &job.account.name) else { continue };
        let columns = Settings::of(context).columns()?;
        let by_sid = |listed: &crate::intake::Listed| matches!(listed.key, JoinKey::Sid(_));
        if read_approved(list, &columns)?.stores.iter().any(by_sid) {
            let (list, name) = (list.display(), &job.account.name);
            return Err(Failure::usage(
                words!(
                    "{list} would permit deletions in the accounts {other:?} and {name:?}, and names stores by sid, which both may have";
                    "{list} 将同时用于账号 {other:?} 与 {name:?}，但其中以 sid 指明门店，两个账号可能有相同的 sid"
                ),
                Some(words!(
                    "name the stores by poi_id, or put '{{account}}' into the path; nothing was sent";
                    "请改用 poi_id，或在路径中写入 '{{account}}'；未提交任何内容"
                )),
            ));
        }
    }
    Ok(())
}

/// Makes the folder of the ledgers where a ledger without a name of its own will be begun in it.
fn make_room(context: &Context<'_>, jobs: &[Job]) -> Result<(), Failure> {
    let folder = std::path::Path::new(LEDGERS);
    let begins = |job: &&Job| {
        matches!(job.command, Command::Migrate(_) | Command::Plan(_) | Command::Fill(_))
            || (matches!(job.command, Command::Pull(_)) && is_rehearsal(&job.command))
    };
    if jobs.iter().filter(begins).any(|job| job.ledger(context).parent() == Some(folder)) {
        std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
    }
    Ok(())
}

/// Says that what the environment or the top of the file has for the default account is not used.
fn tell_hidden(context: &Context<'_>, jobs: &[Job]) {
    let set = |name: &&str| (context.environment)(name).is_some_and(|value| !value.is_empty());
    let named = |name: &str| jobs.iter().any(|job| job.account.keys.variables().any(|own| own == name));
    let hidden: Vec<&str> = DEFAULT_ACCOUNTS.into_iter().filter(set).filter(|name| !named(name)).collect();
    if !hidden.is_empty() {
        let hidden = hidden.join(", ");
        context.screen.notice(&Notice::Warning(words!(
            "{hidden}: the default account's alone, and not used with --account or --accounts";
            "{hidden} 只属于默认账号，使用 --account 或 --accounts 时不生效"
        )));
    }
    if let (Some(appid), true) = (&context.file.appid, context.common.accounts.is_some()) {
        context.screen.notice(&Notice::Warning(words!(
            "the default account ({appid}, at the top of poilift.toml) is not among them: run the command without --accounts for it";
            "默认账号（poilift.toml 顶层的 {appid}）不在其中：如需处理请不带 --accounts 另行运行"
        )));
    }
}

/// The arguments with which one of the accounts goes on alone.
fn for_one(arguments: &[String], name: &str) -> Vec<String> {
    let mut one = Vec::with_capacity(arguments.len());
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--accounts" {
            arguments.next();
        } else if !argument.starts_with("--accounts=") {
            one.push(argument.clone());
            continue;
        }
        one.extend(["--account".to_owned(), name.to_owned()]);
    }
    one
}

/// How a command reaches the platform, if it does.
fn online(command: &Command) -> Option<&Online> {
    match command {
        Command::Migrate(args) => Some(&args.online),
        Command::Plan(args) => Some(&args.online),
        Command::Apply(args) => Some(&args.online),
        Command::Watch(args) => Some(&args.online),
        Command::Reconcile(online) | Command::Doctor(online) | Command::Quota(online) => Some(online),
        Command::Pull(args) => Some(&args.online),
        Command::Merchant(command) => Some(command.online()),
        Command::Map(command) => Some(command.online()),
        Command::Store(command) => Some(command.online()),
        Command::Card(command) => Some(command.online()),
        Command::Media(command) => Some(command.online()),
        Command::Rid(args) => Some(&args.online),
        Command::Status(_)
        | Command::Why(_)
        | Command::Explain(_)
        | Command::Report(_)
        | Command::Check(_)
        | Command::Template(_)
        | Command::Fill(_)
        | Command::Accept(_)
        | Command::Ctl(_)
        | Command::Sandbox(_) => None,
    }
}

/// Whether it can do nothing without the platform; a plan of files can.
fn needs_platform(command: &Command) -> bool {
    match command {
        Command::Migrate(args) => !args.sending.dry_run || args.input.is_empty(),
        Command::Plan(args) => args.input.is_empty(),
        command => online(command).is_some(),
    }
}

/// Whether the embedded sandbox takes the platform's place.
fn is_rehearsal(command: &Command) -> bool {
    let sandbox = match command {
        Command::Status(args) => args.sandbox.as_ref(),
        Command::Why(args) => args.sandbox.as_ref(),
        Command::Report(args) => args.sandbox.as_ref(),
        Command::Template(args) => args.sandbox.as_ref(),
        Command::Fill(args) => args.sandbox.as_ref(),
        Command::Accept(args) => args.sandbox.as_ref(),
        command => online(command).and_then(|online| online.sandbox.as_ref()),
    };
    sandbox.is_some()
}

impl From<AccountsError> for Failure {
    fn from(error: AccountsError) -> Self {
        Self::usage(error.words(), Some(error.hint()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_goes_on_alone_with_the_command_of_all_of_them() {
        let one =
            |arguments: &str| for_one(&arguments.split(' ').map(str::to_owned).collect::<Vec<_>>(), "a").join(" ");
        assert_eq!(one("migrate s-{account}.csv --accounts all --yes"), "migrate s-{account}.csv --account a --yes");
        assert_eq!(one("--accounts=a,b status"), "--account a status");
        assert_eq!(one("migrate --accounts all -- x.csv"), "migrate --account a -- x.csv");
    }
}
