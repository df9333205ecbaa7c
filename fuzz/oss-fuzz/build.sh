#!/bin/bash -eu
# Builds every fuzz target for OSS-Fuzz and what is like it. Given by the image: $CC $CXX $CFLAGS $CXXFLAGS
# $LIB_FUZZING_ENGINE $SRC $WORK $OUT. Leaves in $OUT, for each target: fuzz_TARGET, fuzz_TARGET_seed_corpus.zip,
# fuzz_TARGET.dict and fuzz_TARGET.options. Only the targets of the library: nothing here needs CLI11 or GoogleTest.

cd "$SRC/corogram"

# The image's flags are the only ones: no optimisation, debug information or sanitizer of Meson's own. Whoever runs
# the targets has no OpenSSL and no zlib, so those are linked in.
rm -rf "$WORK/corogram"
meson setup "$WORK/corogram" --buildtype=plain -Ddefault_library=static -Dprefer_static=true \
  -Dtests=disabled -Dtools=disabled -Dcapi=disabled -Dfuzz=enabled "-Dfuzz_engine=$LIB_FUZZING_ENGINE" -Db_lundef=false

targets=$(cd fuzz && ls ./*.cpp | sed 's|^\./||; s|\.cpp$||')
ninja -C "$WORK/corogram" $(printf 'fuzz/fuzz_%s ' $targets)

for target in $targets; do
  cp "$WORK/corogram/fuzz/fuzz_$target" "$OUT/"
  python3 -m zipfile -c "$OUT/fuzz_${target}_seed_corpus.zip" fuzz/corpus/"$target"/*
  dictionary=fuzz/dictionaries/$target.dict
  [ -f "$dictionary" ] || dictionary=fuzz/dictionaries/${target%%_*}.dict
  cp "$dictionary" "$OUT/fuzz_$target.dict"
  printf '[libfuzzer]\nmax_len = 4096\ntimeout = 20\n' >"$OUT/fuzz_$target.options"
done
