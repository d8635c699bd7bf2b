//! Files of pictures on this machine's disk: what one is by its content and whether it is whole, and what of it is uploaded:
//! upright, small enough, and without the place where it was taken. The only room that knows how pictures are decoded; it
//! reads no disk and calls nobody.

mod exif;
mod jpeg;
mod look;
mod names;
mod png;
mod prepare;
#[cfg(test)]
mod samples;

pub use look::{FILE_BYTES_MAX, Looked, PIXELS_MAX, SIDE_MAX, look};
pub use names::{Shared, is_picture_name, natural, share_out};
pub use prepare::{Prepared, Size, prepare};
