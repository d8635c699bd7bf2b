//! `poilift template`: the workbook to fill in, from the ledger, or from inputs without one; one a region where that is
//! wanted.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::args::{Format, Judging, Template};
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::files::read_files;
use super::folder::{self, put_workbook};
use super::screen::print;
use super::settings::Settings;
use crate::ledger::{Ledger, StoreRow};
use crate::pipeline::{
    Machine as _, Notice, Standing, ThisMachine, lacks_data, quoted, standing_now, standing_of_files,
};
use crate::report::{FormKind, FormModel, Region, form_bytes, region_of};
use crate::words;

/// Where the workbooks go.
enum Target {
    /// Into one, by its folder and its name without the ending.
    One(PathBuf, String),
    /// Into one a region, in this folder.
    ByRegion(PathBuf, Region),
}

/// A workbook that was written.
struct Written {
    file: PathBuf,
    /// The region's value, where there are several.
    region: Option<String>,
    stores: usize,
}

/// Writes the workbook, or one a region.
pub fn run(context: &Context<'_>, args: &Template) -> Result<Exit, Failure> {
    let settings = Settings::of(context);
    let (target, inputs) = target(context, args)?;
    let standing = standing(context, &settings, args, &inputs)?;
    let rows: Vec<&StoreRow> = standing.rows.iter().filter(|row| args.all || lacks_data(row)).collect();
    let model = FormModel {
        kind: FormKind::Template,
        supplied: &standing.supplied,
        keep: &context.keep,
        errors: &context.errors,
        lang: context.screen.lang,
    };
    let written = match &target {
        Target::One(dir, stem) => {
            let file = write(dir, stem, &rows, &model)?;
            vec![Written { file, region: None, stores: rows.len() }]
        }
        Target::ByRegion(dir, region) => by_region(dir, region, &rows, &model)?,
    };
    say(context, args, &target, &written, rows.len())?;
    Ok(Exit::Done)
}

/// With `-o` every name is an INPUT; without it the first one is the workbook.
fn target(context: &Context<'_>, args: &Template) -> Result<(Target, Vec<PathBuf>), Failure> {
    let mut names: Vec<PathBuf> = args.file.iter().chain(&args.input).cloned().collect();
    let (Some(column), Some(dir)) = (&args.split_by, &args.output) else {
        if names.is_empty() {
            return Err(Failure::usage(
                words!("no workbook is named"; "未指定工作簿"),
                Some(words!("name it: poilift template FILE.xlsx"; "请指定文件：poilift template FILE.xlsx")),
            ));
        }
        let (dir, stem) = workbook_name(&names.remove(0))?;
        return Ok((Target::One(dir, stem), names));
    };
    let region = region_of(column, &context.keep, context.screen.lang).ok_or_else(|| {
        let known = ["province", "city", "district"].into_iter().chain(context.keep.iter().map(String::as_str));
        let known = known.collect::<Vec<_>>().join(", ");
        Failure::usage(
            words!("--split-by {column:?} is no column to split by"; "无法按 {column:?} 拆分"),
            Some(words!(
                "use one of: {known}; columns of your own are named in [columns] keep of poilift.toml";
                "可用的列：{known}；自己的列请在 poilift.toml 的 [columns] keep 中列出"
            )),
        )
    })?;
    Ok((Target::ByRegion(dir.clone(), region), names))
}

fn workbook_name(file: &Path) -> Result<(PathBuf, String), Failure> {
    let is_xlsx = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"));
    let stem = file.file_stem().and_then(|stem| stem.to_str()).filter(|_| is_xlsx);
    let Some(stem) = stem else {
        return Err(Failure::usage(
            words!("{} is not named .xlsx"; "{} 的扩展名不是 .xlsx", file.display()),
            Some(words!(
                "the first name is the workbook to write, those after it are inputs: poilift template FILE.xlsx INPUT";
                "第一个文件名是要写出的工作簿，其后为输入：poilift template FILE.xlsx INPUT"
            )),
        ));
    };
    Ok((file.parent().unwrap_or(Path::new("")).to_owned(), stem.to_owned()))
}

fn standing(
    context: &Context<'_>,
    settings: &Settings<'_>,
    args: &Template,
    inputs: &[PathBuf],
) -> Result<Standing, Failure> {
    let fixed = settings.fixed(&Judging::default())?;
    if !inputs.is_empty() {
        let (mut inputs, supplements) = read_files(settings, inputs, &args.supplement)?;
        let tell = |notice: Notice| context.screen.notice(&notice);
        return Ok(standing_of_files(&mut inputs, &supplements, &fixed, &ThisMachine::new(), &tell)?);
    }
    if !args.supplement.is_empty() {
        return Err(Failure::usage(
            words!("--supplement goes with INPUT: the ledger has its own"; "--supplement 只与 INPUT 一起使用：账本中已有补充资料"),
            Some(words!("take it into the ledger first: poilift fill FILE"; "请先录入账本：poilift fill FILE")),
        ));
    }
    let path = settings.ledger(args.sandbox.is_some());
    if !path.exists() {
        return Err(Failure::usage(
            words!("there is no ledger {}"; "账本 {} 不存在", path.display()),
            Some(words!(
                "name a list of stores behind the workbook: poilift template FILE.xlsx INPUT (poilift pull saves the platform's), or run poilift plan first";
                "请在工作簿之后指定门店列表：poilift template FILE.xlsx INPUT（可用 poilift pull 保存平台列表），或先运行 poilift plan"
            )),
        ));
    }
    let ledger = Ledger::open_to_read(&path)?;
    Ok(standing_now(&ledger, &fixed, ThisMachine::new().clock().now())?)
}

fn write(dir: &Path, stem: &str, rows: &[&StoreRow], model: &FormModel<'_>) -> Result<PathBuf, Failure> {
    let path = dir.join(format!("{stem}.xlsx"));
    let bytes = form_bytes(rows, model).map_err(|error| folder::unwritable(&path, &error))?;
    // Of a bare name the folder is empty, and so is what stands before it in what is said.
    let folder = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
    folder::prepare(folder)?;
    let name = put_workbook(folder, stem, &bytes)?;
    folder::sync(folder)?;
    Ok(dir.join(name))
}

fn by_region(dir: &Path, region: &Region, rows: &[&StoreRow], model: &FormModel<'_>) -> Result<Vec<Written>, Failure> {
    let regions = region.split(rows);
    let stems = region.stems(regions.keys(), model.lang);
    let mut written = Vec::with_capacity(regions.len());
    for ((value, rows), stem) in regions.iter().zip(stems) {
        let file = write(dir, &stem, rows, model)?;
        written.push(Written { file, region: Some(value.clone()), stores: rows.len() });
    }
    Ok(written)
}

/// What was written, and the command that takes it back.
fn say(
    context: &Context<'_>,
    args: &Template,
    target: &Target,
    written: &[Written],
    stores: usize,
) -> Result<(), Failure> {
    let lang = context.screen.lang;
    if context.common.format == Format::Json {
        let file = |written: &Written| {
            let Written { file, region, stores } = written;
            json!({"file": file.display().to_string(), "region": region, "stores": stores})
        };
        let files: Vec<_> = written.iter().map(file).collect();
        let text = json!({"stores": stores, "files": files}).to_string() + "\n";
        print(&text).map_err(|error| Failure::io("write", Path::new("stdout"), &error))?;
    }
    for Written { file, stores, .. } in written {
        let file = file.display();
        context.screen.line(words!("{stores} stores written to {file}"; "{stores} 家门店已写入 {file}").get(lang));
    }
    if stores == 0 && !args.all {
        let none = words!("no store lacks data; --all writes every store"; "没有缺资料的门店；--all 可写出全部门店");
        context.screen.line(none.get(lang));
        return Ok(());
    }
    let back = match (target, written) {
        (Target::ByRegion(dir, _), _) => dir.display().to_string(),
        (Target::One(..), [one]) => one.file.display().to_string(),
        (Target::One(..), _) => return Ok(()),
    };
    let mut arguments = vec!["fill".to_owned(), back];
    arguments.extend(args.sandbox.as_ref().map(|_| "--sandbox".to_owned()));
    let command = quoted(&context.naming_account(arguments));
    context.screen.line(
        words!(
            "fill in the columns with a green header, then: poilift {command}";
            "请填写绿色表头的列，然后运行：poilift {command}"
        )
        .get(lang),
    );
    Ok(())
}
