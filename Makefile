# Builds, tests and shows ledger.
#
# A Debian or Ubuntu machine with Swift 6.2 or later on the PATH is enough: `make demo` and `make test` install, through
# apt-get, the few packages that are missing. Python tools are prepared by ledger itself, in its own cache.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

PREFIX ?= /usr/local
DESTDIR ?=
BENCH ?=
# How long `make fuzz` stays with each parser.
FUZZ_SECONDS ?= 60
# How often `make soak` repeats the tests that kill and crowd.
ROUNDS ?= 20

# A target may import only what Package.swift gives it.
STRICT := --explicit-target-dependency-import-check error
RELEASE := -c release --static-swift-stdlib --scratch-path .build-release $(STRICT)
SWIFT_FILES := Package.swift $(wildcard Sources Tests Migrations Reports)

FUZZ_TARGETS := record note checkpoint proof ssh-signature ssh-key

# program or file that must be there : Debian package that brings it
FOR_BUILD := /usr/include/sqlite3.h:libsqlite3-dev git:git
FOR_DEMO := $(FOR_BUILD) ssh-keygen:openssh-client python3:python3 ensurepip:python3-venv curl:curl \
	setpriv:util-linux bwrap:bubblewrap docker-registry:docker-registry
FOR_TESTS := $(FOR_DEMO) strace:strace sqlite3:sqlite3 pip:python3-pip openssl:openssl
FOR_BENCH := $(FOR_BUILD) cc:gcc /usr/include/openssl/sha.h:libssl-dev

.PHONY: help
help: ## What can be made.
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

.PHONY: demo
demo: NEEDED = $(FOR_DEMO)
demo: packages ## A whole release on this machine: tag, build, two gates, three registries, audit.
	@swift build $(STRICT) --product ledger
	$$(swift build --show-bin-path)/ledger demo

.PHONY: test
test: NEEDED = $(FOR_TESTS)
test: packages lint ## Lint, build and run every test.
	@swift build --build-tests $(STRICT)
	# One test at a time: many start servers and kill programs within a time limit, and two cores are soon full.
	swift test --skip-build --disable-xctest --no-parallel

.PHONY: build
build: NEEDED = $(FOR_BUILD)
build: packages ## Build everything, for debugging.
	@swift build $(STRICT)

.PHONY: release
release: NEEDED = $(FOR_BUILD)
release: packages ## Build ledger and ledger-server optimised, with Swift's libraries inside.
	@swift build $(RELEASE) --product ledger
	swift build $(RELEASE) --product ledger-server
	ledger=$$(swift build $(RELEASE) --show-bin-path)/ledger
	for _ in 1 2 3 4 5; do $$ledger --version > /dev/null; done
	begin=$$(date +%s%N)
	for _ in {1..20}; do $$ledger --version > /dev/null; done
	echo "$$ledger: $$(stat -c %s $$ledger | numfmt --to=iec), starts in $$((($$(date +%s%N) - begin) / 20000)) µs"

.PHONY: install
install: release ## Install ledger, ledger-server and shell completions under PREFIX (default /usr/local).
	@ledger=$$(swift build $(RELEASE) --show-bin-path)/ledger
	for program in "$$ledger" "$$ledger-server"; do
		installed="$(DESTDIR)$(PREFIX)/bin/$$(basename "$$program")"
		install -D -m 755 "$$program" "$$installed"
		if command -v strip > /dev/null; then strip "$$installed"; fi
	done
	install -d "$(DESTDIR)$(PREFIX)"/share/{bash-completion/completions,zsh/site-functions,fish/vendor_completions.d}
	"$$ledger" --generate-completion-script bash > "$(DESTDIR)$(PREFIX)/share/bash-completion/completions/ledger"
	"$$ledger" --generate-completion-script zsh > "$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_ledger"
	"$$ledger" --generate-completion-script fish > "$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/ledger.fish"
	echo "installed $(DESTDIR)$(PREFIX)/bin/ledger and ledger-server"

.PHONY: lint
lint: ## Check the form of every Swift file.
	@swift format lint --strict --parallel --recursive --configuration .swift-format $(SWIFT_FILES)

.PHONY: bench
bench: NEEDED = $(FOR_BENCH)
bench: packages ## Measure against plain C on this machine. BENCH="--quick" and other options are handed on.
	@swift build $(RELEASE) --product ledger-bench
	$$(swift build $(RELEASE) --show-bin-path)/ledger-bench $(BENCH)

.PHONY: soak
soak: NEEDED = $(FOR_TESTS)
soak: packages ## Kill and crowd the store, ROUNDS times (default 20); kill at every system call, tamper 100,000 times (hours).
	@swift build --build-tests $(STRICT)
	for round in $$(seq $(ROUNDS)); do
		echo "round $$round of $(ROUNDS)"
		swift test --skip-build --disable-xctest --filter LedgerSQLiteTests --quiet
	done
	for tests in LedgerSQLiteTests LedgerCommandTests; do
		LEDGER_SOAK=1 swift test --skip-build --disable-xctest --no-parallel --filter $$tests
	done

.PHONY: fuzz
fuzz: NEEDED = $(FOR_BUILD)
fuzz: packages ## Feed random bytes to each parser, FUZZ_SECONDS (default 60) each; the first build takes long.
	@export LEDGER_FUZZ=1 SWIFT_BACKTRACE=enable=no
	build="swift build -c release --sanitize=fuzzer --scratch-path .build-fuzz"
	for target in $(FUZZ_TARGETS); do $$build --product fuzz-$$target; done
	bin=$$($$build --show-bin-path)
	for target in $(FUZZ_TARGETS); do
		# What reaches new code is kept, and is where the next run begins.
		mkdir -p .build-fuzz/found/$$target
		echo "fuzzing $$target for $(FUZZ_SECONDS) s"
		$$bin/fuzz-$$target -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -use_value_profile=1 -verbosity=0 \
			-print_final_stats=1 -artifact_prefix=.build-fuzz/broken-$$target- \
			.build-fuzz/found/$$target Tests/Fuzz/corpus/$$target 2>&1 \
			| sed '/Recommended dictionary/,/End of recommended/d'
	done

.PHONY: clean
clean: ## Remove what was built. Prepared Python tools stay in the user's cache.
	@rm -rf .build .build-release .build-fuzz

# Installs what NEEDED names and this machine lacks, and nothing else.
.PHONY: packages
packages:
	@command -v swift > /dev/null || {
		echo "make: Swift 6.2 or later is not on the PATH. Install it: https://www.swift.org/install/linux/" >&2
		exit 1
	}
	has() {
		case $$1 in
		/*) [ -e "$$1" ] ;;
		pip) python3 -m pip --version > /dev/null 2>&1 ;;
		ensurepip) python3 -c 'import ensurepip, venv' 2> /dev/null ;;
		*) PATH="$$PATH:/usr/sbin:/sbin" command -v "$$1" > /dev/null ;;
		esac
	}
	missing=()
	for entry in $(NEEDED); do
		has "$${entry%%:*}" || missing+=("$${entry##*:}")
	done
	[ $${#missing[@]} -gt 0 ] || exit 0
	run=()
	if [ "$$(id -u)" != 0 ]; then run=(sudo); fi
	if ! command -v apt-get > /dev/null || ! { [ $${#run[@]} = 0 ] || command -v sudo > /dev/null; }; then
		echo "make: these Debian packages are missing, and cannot be installed from here: $${missing[*]}" >&2
		echo "      As root: apt-get install $${missing[*]}" >&2
		exit 1
	fi
	echo "installing $${missing[*]}"
	"$${run[@]}" apt-get update -qq
	"$${run[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "$${missing[@]}" \
		> /dev/null
