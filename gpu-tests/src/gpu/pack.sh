#!/bin/sh
# pack.sh JAVA_HOME CLASS_PATH OUT_FOLDER: a Java runtime with what the GPU tests need, for a machine that has a GPU and no JDK.
# Makes OUT_FOLDER/layerzoo-gpu.tar.gz: unpack it there and run `layerzoo-gpu/run`.
set -eu
java_home=$1 class_path=$2 out=$3
kit=$out/layerzoo-gpu
rm -rf "$kit"
mkdir -p "$kit/lib"
"$java_home/bin/jlink" --add-modules java.base,java.logging,java.xml,java.desktop,java.management,jdk.incubator.vector,jdk.unsupported \
  --strip-debug --no-header-files --no-man-pages --compress zip-6 --output "$kit/runtime"
n=0
IFS=:
for entry in $class_path; do
  # This module's own classes are tests, and their framework stays here.
  case $entry in "$out"/* | */junit-* | */opentest4j-* | */apiguardian-* | */jspecify-*) continue ;; esac
  # Names of jars of two modules may be equal, and a build without packaging gives folders.
  n=$((n + 1))
  if [ -d "$entry" ]; then
    "$java_home/bin/jar" --create --no-manifest --file "$kit/lib/$n.jar" -C "$entry" .
  else
    cp "$entry" "$kit/lib/$n-$(basename "$entry")"
  fi
done
cat >"$kit/run" <<'END'
#!/bin/sh
# run [BACKEND]: the conformance suite, then the benchmark (default: cuda). Writes check.txt and bench.json here.
# Exit: 0 all agreed; 1 some op did not; 3 the backend cannot be used (the message says why).
here=$(cd "$(dirname "$0")" && pwd)
backend=${1:-cuda}
java() {
  "$here/runtime/bin/java" --add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED ${JAVA_OPTIONS:-} -cp "$here/lib/*" "$@"
}
java org.layerzoo.testkit.backend.BackendCheck "$backend" "${FILTER:-}" >"$here/check.txt"
code=$?
tail -n 1 "$here/check.txt"
[ $code -le 1 ] || exit $code
grep FAILED "$here/check.txt"
java org.layerzoo.testkit.backend.BackendBench "$backend" ${BENCH:-} | tee "$here/bench.json"
exit $code
END
chmod +x "$kit/run"
tar -C "$out" -czf "$out/layerzoo-gpu.tar.gz" layerzoo-gpu
echo "$out/layerzoo-gpu.tar.gz: unpack it on a machine with a GPU and run layerzoo-gpu/run"
