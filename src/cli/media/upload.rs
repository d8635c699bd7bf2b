//! `poilift media upload`: pictures to addresses, or to media ids that are good for three days. All files are looked at, and made
//! ready as those of a migration are, before the first one goes.

use serde_json::{Value, json};

use super::file::{Gone, Ready, look_at, upload};
use crate::cli::args_platform::UploadMedia;
use crate::cli::columns::table;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::reach::Reach;
use crate::store::{Lang, Stamp};
use crate::wire::media::Upload;

/// Looks at all files, uploads one after the other, and prints what they are known by.
pub fn run(context: &Context<'_>, args: &UploadMedia) -> Result<Exit, Failure> {
    let kind = if args.temporary { Upload::Temporary } else { Upload::Picture };
    let ready = args.file.iter().map(|file| look_at(context, file, kind)).collect::<Result<Vec<_>, _>>()?;
    Reach::writing(context, &args.online, "media upload", |reach| upload_all(context, kind, &ready, reach))
}

fn upload_all(context: &Context<'_>, kind: Upload, ready: &[Ready], reach: &mut Reach<'_>) -> Result<Exit, Failure> {
    let (mut gone, mut failed): (Vec<Gone>, _) = (Vec::new(), None);
    for file in ready {
        match upload(context, reach, kind, file) {
            Ok(one) => gone.push(one),
            Err(failure) => {
                failed = Some(failure);
                break;
            }
        }
    }
    if failed.is_none() || !gone.is_empty() {
        show(context, reach, kind, (&gone, ready))?;
    }
    failed.map_or(Ok(Exit::Done), Err)
}

fn show(
    context: &Context<'_>,
    reach: &Reach<'_>,
    kind: Upload,
    (gone, ready): (&[Gone], &[Ready]),
) -> Result<(), Failure> {
    let (key, heads) = match (kind, context.screen.lang) {
        (Upload::Picture, Lang::En) => ("url", vec!["file", "url"]),
        (Upload::Picture, Lang::Zh) => ("url", vec!["文件", "图片地址"]),
        (Upload::Temporary, Lang::En) => ("media_id", vec!["file", "media_id", "good until"]),
        (Upload::Temporary, Lang::Zh) => ("media_id", vec!["文件", "mediaid", "有效期至"]),
    };
    let row = |one: &Gone| {
        let until = one.until.map(Stamp::rfc3339);
        [Some(one.name.clone()), Some(one.known_as.clone()), until].into_iter().flatten().collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = gone.iter().map(row).collect();
    let document = |(one, file): (&Gone, &Ready)| -> Value {
        let mut document = json!({"file": one.name, "type": file.picture, "bytes": file.bytes.len()});
        document[key] = json!(one.known_as);
        if let Some(until) = one.until {
            document["good_until"] = json!(until.rfc3339());
        }
        document
    };
    let files: Vec<Value> = gone.iter().zip(ready).map(document).collect();
    reach.show(&table(&heads, &rows), json!({"files": files}))
}
