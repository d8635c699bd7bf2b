//! `poilift merchant`: the store mini-program itself (sections 1 to 4 of the API document).

mod apply;
mod audit;
mod categories;
mod modify;

use super::args_platform::Merchant;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use crate::words;

/// Runs one of them.
pub fn run(context: &Context<'_>, command: &Merchant) -> Result<Exit, Failure> {
    match command {
        Merchant::Categories(args) => categories::run(context, args),
        Merchant::Apply(args) => apply::run(context, args),
        Merchant::Audit(args) => audit::run(context, args),
        Merchant::Modify(args) => modify::run(context, args),
    }
}

/// A media id that is the name of a file here is a slip: it is the file's id that is wanted.
fn refuse_file(flag: &str, value: &str) -> Result<(), Failure> {
    if !std::path::Path::new(value).is_file() {
        return Ok(());
    }
    Err(Failure::usage(
        words!("{flag} {value} is a file, and the platform wants its media id; nothing was sent"; "{flag} {value} 是文件，此处应填其 mediaid；未提交任何内容"),
        Some(words!(
            "poilift media upload --temporary {value} uploads it and gives the id";
            "请先用 poilift media upload --temporary {value} 上传获取 mediaid"
        )),
    ))
}
