#!/bin/sh
# Tests of ./zoo in a made-up checkout with made-up JDKs, Maven and Node; prints TAP lines and exits 1 when one is not ok.
# usage: launcher-test.sh PATH_OF_ZOO
set -u

ZOO=$1
WORK=$(mktemp -d) || exit 1
trap 'rm -rf "$WORK"' EXIT
COUNT=0 FAILED=0

fake_jdk() { # fake_jdk HOME VERSION: a JDK whose java prints how it was called
  mkdir -p "$1/bin"
  printf 'IMPLEMENTOR="Test"\nJAVA_VERSION="%s"\n' "$2" >"$1/release"
  printf '#!/bin/sh\necho "java of %s"; for a in "$@"; do echo "<$a>"; done; pwd\n' "$2" >"$1/bin/java"
  printf '#!/bin/sh\n' >"$1/bin/javac"
  chmod +x "$1/bin/java" "$1/bin/javac"
}

fake_command() { # fake_command FOLDER NAME SCRIPT
  mkdir -p "$1"
  printf '#!/bin/sh\n%s\n' "$3" >"$1/$2"
  chmod +x "$1/$2"
}

new_checkout() { # a checkout with a space in its name, whose Maven writes the jar and logs its arguments
  rm -rf "${WORK:?}"/*
  mkdir -p "$WORK/a checkout/registry-cli/src" "$WORK/a checkout/registry-service" "$WORK/home" "$WORK/jvm" "$WORK/bin"
  C="$WORK/a checkout"
  sed "s|^SYSTEM_JDKS=.*|SYSTEM_JDKS=$WORK/jvm|" "$ZOO" >"$C/zoo"
  printf '%s\n' '# a comment' '--add-modules=jdk.incubator.vector' '-XX:Tier3DelayOn=100000' >"$C/jvm.options"
  fake_jdk "$WORK/jdk" 25.0.3 # found only where a test names it
  touch "$C/pom.xml" "$C/registry-cli/pom.xml" "$C/registry-service/pom.xml"
  fake_command "$C" mvnw '
[ "$1" = --version ] && exit 0
for a in "$@"; do echo "<$a>"; done >>maven-calls
mkdir -p registry-cli/target && echo jar >registry-cli/target/zoo.jar
[ ! -e fail ] || { echo "[ERROR] planted"; exit 1; }
[ ! -e after-test ] || . ./after-test
echo "[INFO] BUILD SUCCESS"'
  chmod +x "$C/zoo"
  # Commands the launcher itself uses; nothing else of this machine is on the PATH.
  for tool in sh sed awk grep head tail cat mkdir rm mv cp find readlink dirname basename tee tr xargs printf ln sleep cmp; do
    ln -s "$(command -v $tool)" "$WORK/bin/$tool"
  done
  unset ZOO_JAVA_HOME JAVA_HOME
}

zoo() { # runs the launcher in a clean environment; sets OUT (both streams) and RC
  OUT=$(cd "$WORK" && env -i PATH="$WORK/bin" HOME="$WORK/home" ${JH:+JAVA_HOME="$JH"} ${ZJH:+ZOO_JAVA_HOME="$ZJH"} \
    /bin/sh "$C/zoo" "$@" 2>&1 </dev/null)
  RC=$?
}

result() { # result NAME: the test's verdict is the exit code of the command before
  rc=$?
  COUNT=$((COUNT + 1))
  if [ $rc -eq 0 ]; then
    echo "ok $COUNT - $1"
  else
    FAILED=1
    echo "not ok $COUNT - $1"
    printf '%s\n' "exit $RC" "$OUT" | sed 's/^/# /'
  fi
}

says() { printf '%s\n' "$OUT" | grep -q -- "$1"; }

new_checkout
zoo list
[ "$RC" = 3 ] && says 'no JDK 25 or newer found' && says 'adoptium.net' && [ ! -e "$C/maven-calls" ]
result 'without a JDK it ends with 3 and says where to get one'

fake_jdk "$WORK/jvm/old" 17.0.15
zoo list
[ "$RC" = 3 ] && says "only $WORK/jvm/old (17)"
result 'an older JDK is named with its version'

JH="$WORK/jvm/old" ZJH="$WORK/jvm/old"
zoo list
[ "$RC" = 3 ] && says 'ZOO_JAVA_HOME=.* is an older JDK'
result 'a ZOO_JAVA_HOME that is too old is an error, not passed over'

ZJH=''
fake_jdk "$WORK/jvm/temurin 26" 26
zoo list 'two words'
[ "$RC" = 0 ] && says 'java of 26' && says '<two words>' && says '<-XX:Tier3DelayOn=100000>' && ! says comment
result 'a JDK among the system ones is used when JAVA_HOME is too old, with the flags of jvm.options'

says '<-XX:TieredStopAtLevel=1>' && says "<-Dzoo.root=$C>" && says "<$C/registry-cli/target/zoo.jar>" && [ "$(printf '%s\n' "$OUT" | tail -n 1)" = "$WORK" ]
result 'the command line runs in the folder it was called from and knows the checkout'

! says incubator
result 'the own JVM of a command goes without the Vector API, because Java warns of it'

touch "$C/build/zoo.jsa"
zoo list
says "<-XX:SharedArchiveFile=$C/build/zoo.jsa>" && says '<-Xlog:disable>'
result 'classes archived by the build are used, without a word on stdout where they do not fit'

grep -q '<deploy>' "$C/maven-calls" && grep -q '<!registry-service>' "$C/maven-calls" && grep -q "<-Dmaven.repo.local=$C/.m2>" "$C/maven-calls"
result 'a local command builds without the registry, into a repository of the checkout'

SDK=org/layerzoo/layerzoo-core/0.1.0
for place in "$C/build/sdk-repo" "$WORK/home/.m2/repository"; do
  for artifact in core nn; do
    mkdir -p "$place/org/layerzoo/layerzoo-$artifact/0.1.0"
    echo same >"$place/org/layerzoo/layerzoo-$artifact/0.1.0/a.jar"
  done
done
echo 'a.jar>layerzoo-sdk=' >"$WORK/home/.m2/repository/$SDK/_remote.repositories"
cp "$WORK/home/.m2/repository/$SDK/_remote.repositories" "$WORK/home/.m2/repository/org/layerzoo/layerzoo-nn/0.1.0"
echo new >"$C/build/sdk-repo/$SDK/a.jar"
touch -t 203001010000 "$C/pom.xml"
zoo list
[ "$RC" = 0 ] && [ ! -e "$WORK/home/.m2/repository/$SDK" ] && [ -e "$WORK/home/.m2/repository/org/layerzoo/layerzoo-nn/0.1.0/a.jar" ]
result 'an outdated copy of the SDK is dropped from the user repository, a current one is kept'

rm "$C/maven-calls"
touch -t 202001010000 "$C/pom.xml"
zoo list
[ "$RC" = 0 ] && [ ! -e "$C/maven-calls" ]
result 'nothing is built again when nothing changed'

touch -t 203001010000 "$C/registry-service/pom.xml"
zoo list
[ "$RC" = 0 ] && [ ! -e "$C/maven-calls" ]
result 'a change of the registry alone does not concern a local command'

touch -t 203001010000 "$C/registry-cli/src/New.java"
zoo list
[ "$RC" = 0 ] && [ -e "$C/maven-calls" ]
result 'a source newer than the last build makes it build'

new_checkout
ZJH="$WORK/jdk"
mkdir -p "$C/build/.lock" && echo 99999999 >"$C/build/.lock/pid"
zoo list
[ "$RC" = 0 ] && says 'java of 25' && [ ! -e "$C/build/.lock" ]
result 'the lock of a build that died is taken over and given back'

touch -t 203001010000 "$C/pom.xml"
touch "$C/fail"
zoo list
[ "$RC" = 3 ] && says planted && says build/build.log && [ ! -e "$C/build/.lock" ]
result 'a build that fails ends with 3 and shows the error'

ln -s "$C/zoo" "$WORK/bin/zoo"
rm "$C/fail"
zoo list
OUT=$(cd "$WORK/home" && env -i PATH="$WORK/bin" HOME="$WORK/home" ZOO_JAVA_HOME="$ZJH" zoo list 2>&1)
says "<-Dzoo.root=$C>"
result 'it finds its checkout through a link'

mkdir "$C/web-ui" && touch "$C/web-ui/pom.xml"
zoo up
[ "$RC" = 3 ] && says 'Node 20.19 or newer' && says 'found: none' && says nodejs.org
result 'up needs Node and says how to get it'

fake_command "$WORK/bin" node 'echo v20.18.3'
fake_command "$WORK/bin" npm ':'
zoo up
[ "$RC" = 3 ] && says 'found: v20.18.3'
result 'a Node that is too old is named with its version'

rm "$WORK/bin/node"
fake_command "$WORK/bin" node 'echo v20.20.2'
rm -f "$C/maven-calls"
zoo up --no-browser
[ "$RC" = 0 ] && says '<--no-browser>' && ! says TieredStopAtLevel && ! grep -q '<-pl>' "$C/maven-calls"
result 'up builds all modules'

fake_command "$C" mvnw 'echo "cannot fetch" >&2; exit 1'
touch -t 203001010000 "$C/pom.xml"
zoo list
[ "$RC" = 3 ] && says 'cannot fetch' && says MVNW_REPOURL
result 'without Maven it says what the wrapper said and what to do'

fake_command "$WORK/bin" mvn 'case $1 in --version) echo "Apache Maven 3.6.3";; esac'
zoo list
[ "$RC" = 3 ] && says '3.8.7 or newer'
result 'a Maven that is too old is not used'

fake_command "$WORK/bin" mvn 'case $1 in --version) printf "\033[1mApache Maven 3.8.7\033[m\n";; *) echo "[INFO] BUILD SUCCESS";; esac'
zoo list
[ "$RC" = 0 ] && says 'using mvn 3.8.7 from the PATH'
result 'a Maven on the PATH is the second choice, and that is said'

new_checkout
zoo test --only core,nonsense
[ "$RC" = 2 ] && says "unknown group 'nonsense'" && says 'core, service, web' && [ "$(printf '%s\n' "$OUT" | wc -l)" = 1 ]
result 'an unknown test group is bad usage, in one line'

zoo test --fast
[ "$RC" = 2 ] && says "unknown argument '--fast'"
result 'an unknown option of test is bad usage'

zoo test --only mpi
[ "$RC" = 1 ] && says 'mpi: no tests in this group yet'
result 'a group without tests says so and is no success'

zoo test --only core,service
[ "$RC" = 3 ] && says 'Node 20.19' && [ ! -e "$C/maven-calls" ]
result 'a tool that a group lacks is reported before anything runs'

fake_command "$WORK/bin" node 'echo v24.1.0'
fake_command "$WORK/bin" npm ':'
zoo test --only web
[ "$RC" = 3 ] && says 'apt-get install chromium'
result 'the dashboard tests ask for Chromium'

report() { # report FILE TESTS FAILURES ERRORS SKIPPED
  cat >>"$C/after-test" <<END
mkdir -p "$(dirname "$1")"
echo '<testsuite name="$(basename "$1" .xml)" time="0.1" tests="$2" errors="$4" skipped="$5" failures="$3">' >"$1"
END
}
report core/target/surefire-reports/TEST-a.xml 5 0 0 0
report registry-service/target/failsafe-reports/TEST-b.xml 2 0 0 0
mkdir -p "$C/core/target/surefire-reports"
echo '<testsuite name="old" tests="9" errors="0" skipped="0" failures="9">' >"$C/core/target/surefire-reports/TEST-old.xml"
zoo test --only core,service
[ "$RC" = 0 ] && says '^7 passed, 0 failed, 0 skipped$' && says 'core  *5 passed' && says 'not run: web' \
  && grep -q '<-Dzoo.skip.web=true>' "$C/maven-calls" && grep -q '<-Dzoo.format.check>' "$C/maven-calls" \
  && ! grep -q '<-Dzoo.skip.core' "$C/maven-calls"
result 'test counts the reports of this run by group and says what was left out'

zoo test --only core --json
[ "$RC" = 0 ] && says '^{"passed":5,"failed":0,"skipped":0,"ok":true,"groups":{"core":{"passed":5,"failed":0,"skipped":0}}}$' \
  && grep -q '<!registry-service>' "$C/maven-calls"
result 'test --json is one document, and core leaves the registry out'

zoo test --only core --long
[ "$RC" = 0 ] && grep -q '<-Dzoo.test.excludedTags=none>' "$C/maven-calls"
result 'long runs the tests with that tag'

cp "$C/after-test" "$C/passing"
report core/target/surefire-reports/TEST-c.xml 3 1 1 0
zoo test --only core
[ "$RC" = 1 ] && says '^6 passed, 2 failed, 0 skipped$' && says 'failed: TEST-c (2)'
result 'a failed test is exit 1 and its suite is named'

cp "$C/passing" "$C/after-test"
report core/target/surefire-reports/TEST-c.xml 3 0 0 1
zoo test --only core
[ "$RC" = 1 ] && says '^7 passed, 0 failed, 1 skipped$'
result 'a skipped test is exit 1'

cp "$C/passing" "$C/after-test"
echo 'echo "[INFO] layerzoo-core ............ FAILURE [  0.1 s]"' >>"$C/after-test"
zoo test --only core
[ "$RC" = 1 ] && says 'FAILURE layerzoo-core' && says '^5 passed, 0 failed, 0 skipped$'
result 'a module that failed without a test report is exit 1'

echo : >"$C/after-test"
zoo test --only core
[ "$RC" = 1 ] && says 'core: no test ran'
result 'no tests at all is exit 1'

echo "1..$COUNT"
exit $FAILED
