//! A machine's clock that was set back or forward between two runs.
