//! The files that a command is given, opened and looked at before anything else happens.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::settings::Settings;
use crate::intake::{Form, Input, KEPT_BYTES_MAX, STDIN, SupplementFile, read_supplement};
use crate::pipeline::PipelineError;
use crate::words;

/// Opens inputs and reads supplements, all of them before anything else happens.
pub fn read_files(
    settings: &Settings<'_>,
    inputs: &[PathBuf],
    supplements: &[PathBuf],
) -> Result<(Vec<Input>, Vec<SupplementFile>), Failure> {
    let columns = settings.columns()?;
    if inputs.iter().chain(supplements).filter(|file| file.as_path() == Path::new(STDIN)).count() > 1 {
        return Err(Failure::usage(
            words!("standard input (-) is named twice, and can be read once"; "标准输入（-）被指定了两次，但只能读取一次"),
            Some(words!("save one of the two into a file and name that"; "请将其中一份保存为文件并指定文件名")),
        ));
    }
    let mut opened = Vec::with_capacity(inputs.len());
    for file in inputs {
        opened.extend(Input::open(file, &columns)?);
    }
    // Looked through before a ledger is opened, a useless one leaves nothing behind. A larger one is read once, and the ledger
    // lets go of what it had of a file that ends badly.
    for input in opened.iter_mut().filter(|input| input.size <= KEPT_BYTES_MAX) {
        input.look_through()?;
    }
    let supplements = supplements.iter().map(|file| read_supplement(file, &columns).map_err(Failure::from));
    let supplements = supplements.collect::<Result<Vec<_>, _>>()?;
    let mut forms = opened.iter().map(|input| input.form).chain(supplements.iter().map(|file| file.form)).peekable();
    if let Some(sheet) = &columns.options.sheet
        && forms.peek().is_some()
        && !forms.any(has_sheets)
    {
        return Err(Failure::usage(
            words!("--sheet {sheet:?}: only workbooks have sheets, and no file given is one"; "--sheet {sheet:?}：只有工作簿才有工作表，而给出的文件都不是工作簿"),
            Some(words!("leave --sheet away, or name the workbook"; "请去掉 --sheet，或指定工作簿文件")),
        ));
    }
    Ok((opened, supplements))
}

/// The same for inputs alone.
pub fn read_inputs(settings: &Settings<'_>, files: &[PathBuf]) -> Result<Vec<Input>, Failure> {
    Ok(read_files(settings, files, &[])?.0)
}

/// The same for supplements alone.
pub fn read_supplements(settings: &Settings<'_>, files: &[PathBuf]) -> Result<Vec<SupplementFile>, Failure> {
    Ok(read_files(settings, &[], files)?.1)
}

/// Whether the folder of `--images` can be read: one that was mistyped is told before there is a run, which the next command
/// would go on with.
pub fn look_into(images: &Path) -> Result<(), Failure> {
    let unreadable = |source| PipelineError::Images { path: images.to_owned(), source };
    std::fs::read_dir(images).map(|_| ()).map_err(unreadable).map_err(Failure::from)
}

fn has_sheets(form: Form) -> bool {
    matches!(form, Form::Xlsx | Form::Xlsb | Form::Xls | Form::Ods)
}
