#!/bin/sh
# Writes the corpus anew. Needs python3 with openpyxl, LibreOffice, and cargo.
set -eu
cd "$(dirname "$0")"
python3 text.py
python3 codes.py
python3 books.py
cargo run --quiet --example make_corpus
python3 binary.py
