# The only build file. `make help` lists what it can do.
#
#   MODE=release|debug|asan|ubsan|tsan   what is built (tsan needs CXX=clang++)
#   CXX=g++|clang++                      with what; each pair builds in a folder of its own under BUILD
#   STRICT=1                             warnings are errors
#   V=1                                  print whole commands
#   BUILD=build  PREFIX=/usr/local       where things go

MAKEFLAGS += --no-builtin-rules
ifeq (0,$(MAKELEVEL))
ifeq (,$(filter -j%,$(MAKEFLAGS)))
MAKEFLAGS += -j$(shell nproc)
endif
endif
.DELETE_ON_ERROR:
.SECONDARY:

MODE ?= release
ifeq ($(origin CXX),default)
CXX = g++
endif
BUILD ?= build
PREFIX ?= /usr/local
VERSION := $(shell sed -n 's/.*kVersion = "\(.*\)".*/\1/p' experiments/cli/version.h)
STRICT ?= 0

COMPILER := $(if $(findstring clang,$(CXX)),clang,gcc)
OBJ := $(BUILD)/$(COMPILER)-$(MODE)

# --- flags ------------------------------------------------------------------------------------------------------------
# The contract's flags (CONTRACT_FLAGS) are what a program that includes a SIMD header needs too; ito.pc carries them.
CONTRACT_FLAGS := -march=x86-64-v3 -maes -mpclmul -ffp-contract=off
HIGHWAY_FLAGS := -DHWY_DISABLED_TARGETS=0xFF
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow $(if $(filter 1,$(STRICT)),-Werror)
FLAGS_release := -O2
FLAGS_debug := -O0 -g
FLAGS_asan := -O1 -g -fsanitize=address -fno-omit-frame-pointer
FLAGS_ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
ifeq (,$(FLAGS_$(MODE)))
$(error MODE=$(MODE): expected release, debug, asan, ubsan or tsan)
endif
ifeq ($(MODE)-$(COMPILER),tsan-gcc)
$(error MODE=tsan needs CXX=clang++: libgomp's barriers are invisible to ThreadSanitizer)
endif

EIGEN := $(patsubst -I%,-isystem %,$(shell pkg-config --cflags eigen3 2>/dev/null))
CPPFLAGS_ITO := -I. $(EIGEN) $(HIGHWAY_FLAGS) $(CPPFLAGS)
CXXFLAGS_ITO := -std=c++20 $(FLAGS_$(MODE)) -pthread $(WARNINGS) $(CXXFLAGS)
LIBRARY_LIBS := -lhwy -lfmt -lcrypto -lz -fopenmp -pthread
LIBS := $(LIBRARY_LIBS) -lsqlite3 -lpng -llemon
LDFLAGS_ITO := $(filter -fsanitize=%,$(FLAGS_$(MODE))) $(LDFLAGS)

# --- files: every .cc under a room belongs to it; a new file needs no line here ---------------------------------------
find_cc = $(sort $(shell find $(1) -name '*.cc' 2>/dev/null))
KERNELS := $(call find_cc,kernels)
AUTOGRAD := $(call find_cc,autograd)
SAMPLERS := $(call find_cc,samplers)
MAIN := experiments/cli/main.cc
EXPERIMENTS := $(filter-out $(MAIN),$(call find_cc,experiments))
TESTS := $(filter-out tests/install/%,$(call find_cc,tests))
PEERS := $(call find_cc,bench/peers)
BENCH := $(filter-out $(PEERS),$(call find_cc,bench))

# Kernel families built a second time with other block sizes, in namespace ito_other_blocks: tests/kernels/other_blocks_test
# expects the contract's oracle to notice. A family with an order of summation belongs here.
OTHER_BLOCKS := $(filter-out kernels/core/cpu_check.cc,$(wildcard kernels/core/*.cc)) \
  $(wildcard kernels/sum/*.cc kernels/softmax/*.cc kernels/gemm/*.cc kernels/attention/*.cc \
  kernels/convolution/*.cc kernels/normalization/*.cc kernels/per_sample/*.cc)
OTHER_BLOCKS_FLAGS := -Dito=ito_other_blocks -DITO_REDUCTION_LANES=8 -DITO_REDUCTION_CHUNK=2048 -DITO_ROW_BLOCK=128 \
  -DITO_GEMM_BLOCK_K=128 -DITO_ATTENTION_BLOCK=32

objects = $(patsubst %.cc,$(OBJ)/%.o,$(1))
OTHER_BLOCKS_OBJECTS := $(patsubst %.cc,$(OBJ)/other_blocks/%.o,$(OTHER_BLOCKS))
LIBRARY_OBJECTS := $(call objects,$(KERNELS) $(AUTOGRAD) $(SAMPLERS))
LIBRARY_HEADERS = $(sort $(shell find kernels autograd samplers -name '*.h'))
PROGRAM_OBJECTS := $(LIBRARY_OBJECTS) $(call objects,$(EXPERIMENTS))
# The reference kernels compute by libm, which no recorded number may: the command is linked without them.
COMMAND_OBJECTS := $(filter-out %/reference.o,$(PROGRAM_OBJECTS)) $(call objects,$(MAIN))

# --- what people type -------------------------------------------------------------------------------------------------
.PHONY: help deps deps-bench deps-peers deps-long deps-bits all ito test test-long test-bits demo bench bench-peers weights format lint install build-time clean tests-binary
.DEFAULT_GOAL := all

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*## /\t/' | expand -t 14
	@echo; sed -n 's/^#   \([A-Z]*=.*\)/\1/p' $(firstword $(MAKEFILE_LIST))

PACKAGES := g++ make pkg-config libhwy-dev libeigen3-dev libtomlplusplus-dev libcli11-dev nlohmann-json3-dev libfmt-dev \
  libsqlite3-dev libssl-dev zlib1g-dev libpng-dev liblemon-dev libgtest-dev libmpfr-dev gnuplot-nox \
  dataset-fashion-mnist
PACKAGES_bench := libbenchmark-dev libopenblas-dev
PACKAGES_torch := python3-venv
PACKAGES_bits := clang libomp-dev
PACKAGES_long := $(PACKAGES_bits) clang-format clang-tidy
missing = $(shell for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done)
# Installs the packages named by $(1) that are missing: as root, or by sudo; else says what to type, and stops.
define install_packages
	@missing="$(strip $(call missing,$(1)))"; [ -z "$$missing" ] || { \
	  command="apt-get update && apt-get install -y --no-install-recommends $$missing"; \
	  if [ "$$(id -u)" = 0 ]; then echo "installing: $$missing"; DEBIAN_FRONTEND=noninteractive sh -c "$$command"; \
	  elif sudo -n true 2>/dev/null; then echo "installing: $$missing"; sudo sh -c "$$command"; \
	  else echo "ito needs packages that are not installed. Type:  sudo sh -c '$$command'" >&2; exit 3; fi; }
endef

deps: ## install the Debian packages that are missing
	$(call install_packages,$(PACKAGES))
deps-bench:
	$(call install_packages,$(PACKAGES) $(PACKAGES_bench))
deps-peers:
	$(call install_packages,$(PACKAGES) $(PACKAGES_bench) $(PACKAGES_torch))
deps-bits:
	$(call install_packages,$(PACKAGES) $(PACKAGES_bits))
deps-long:
	$(call install_packages,$(PACKAGES) $(PACKAGES_long))

all: ito ## the ito command and its tests
	@$(MAKE) --no-print-directory tests-binary

ito: $(OBJ)/ito
tests-binary: $(OBJ)/ito_tests $(OBJ)/ito

test: deps ## all tests but the long ones (release, one compiler)
	@$(MAKE) --no-print-directory all
	ITO_POISON=1 $(OBJ)/ito_tests $(TEST_ARGS)

# KERNEL=gemm SHAPE=512x512x64 DTYPE=float THREADS=1 choose cases; each may be left out.
BENCH_ARGS = kernel=$(KERNEL) shape=$(SHAPE) dtype=$(DTYPE) threads=$(THREADS)
bench: deps-bench ## speed of every kernel as a fraction of the machine's peak
	@$(MAKE) --no-print-directory $(OBJ)/ito_bench
	$(OBJ)/ito_bench $(BENCH_ARGS)

# OpenBLAS and torch choose their own kernels, block sizes and compiler here, whatever the environment says. torch comes
# from PyPI into a venv under BUILD; TORCH_PYTHON=... names a python that has it. Without either its part is left out.
TORCH_PYTHON = $(BUILD)/venv/bin/python
PEERS_ENV := env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE -u CXX TORCHINDUCTOR_CACHE_DIR=$(abspath $(BUILD))/inductor \
  PYTHONDONTWRITEBYTECODE=1
has_torch = $(TORCH_PYTHON) -c 'import numpy, torch' 2> /dev/null
bench-peers: deps-peers ## the matrix product beside OpenBLAS and Eigen, the UNet beside torch (minutes)
	@$(MAKE) --no-print-directory $(OBJ)/ito_bench_peers $(OBJ)/ito_bench
ifeq (,$(filter unet_%,$(KERNEL)))
	$(PEERS_ENV) $(OBJ)/ito_bench_peers $(BENCH_ARGS)
endif
ifeq (,$(filter-out unet_%,$(KERNEL)))
	@$(has_torch) || [ $(TORCH_PYTHON) != $(BUILD)/venv/bin/python ] || { echo "installing torch in $(BUILD)/venv"; \
	  python3 -m venv $(BUILD)/venv && $(BUILD)/venv/bin/pip install --quiet --retries 1 torch numpy > $(BUILD)/venv/pip.log 2>&1; } || true
	@if $(has_torch); then $(PEERS_ENV) $(TORCH_PYTHON) bench/peers/unet_torch.py bench=$(OBJ)/ito_bench $(BENCH_ARGS); \
	else echo "bench-peers: $(TORCH_PYTHON) has no torch, and PyPI gave none ($(BUILD)/venv/pip.log): the UNet beside torch is left out"; fi
endif

# The matrix of builds: MODE and compiler of each. The bits must be the same in all of them.
GXX := $(if $(findstring ccache,$(CXX)),ccache )g++
CLANG := $(if $(findstring ccache,$(CXX)),ccache )clang++
long_test = $(MAKE) --no-print-directory MODE=$(1) CXX="$(2)" STRICT=1 tests-binary && \
  ITO_POISON=1 $(3) $(BUILD)/$(if $(findstring clang,$(2)),clang,gcc)-$(1)/ito_tests $(TEST_ARGS)
# At full length once: every float, and twenty kills; what they cost under a sanitizer would buy nothing.
test-long: deps-long ## all tests: at full length, then under clang++, asan, ubsan and tsan (most of an hour)
	$(call long_test,release,$(GXX),ITO_LONG=1)
	$(call long_test,release,$(CLANG))
	$(call long_test,asan,$(GXX),ASAN_OPTIONS=detect_stack_use_after_return=1)
	$(call long_test,ubsan,$(GXX),UBSAN_OPTIONS=print_stacktrace=1)
	$(call long_test,tsan,$(CLANG),TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1)

# The bits suite alone, linked without the other tests: what a second compiler must agree on.
BITS := $(filter tests/bits/%,$(TESTS)) $(call find_cc,tests/support)
test-bits: ## the bits suite alone (CXX=clang++ for the other compiler)
	@[ -n "$(filter %/bits_test.cc,$(BITS))" ] || { echo "test-bits: there is no tests/bits_test.cc" >&2; exit 2; }
	@$(MAKE) --no-print-directory $(OBJ)/ito_bits
	ITO_POISON=1 $(OBJ)/ito_bits --gtest_filter='Bits*'

SOURCES = $(shell git ls-files '*.cc' '*.h' '*.cu' 2>/dev/null)
format: ## rewrite every source file by .clang-format
	clang-format -i $(SOURCES)
lint: ## formatting and clang-tidy, every file (minutes)
	clang-format --dry-run -Werror $(SOURCES)
	printf '%s\n' $(filter-out bench/peers/% tests/%,$(filter %.cc,$(SOURCES))) | xargs -P $$(nproc) -n 4 \
	  sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$$@" -- $(CPPFLAGS_ITO) -std=c++20 $(CONTRACT_FLAGS)' clang-tidy
build-time: ## seconds that a clean release build of everything takes, tests included
	@rm -rf $(BUILD)/timed; begin=$$(date +%s); \
	CCACHE_DISABLE=1 $(MAKE) --no-print-directory MODE=release BUILD=$(BUILD)/timed all > /dev/null; status=$$?; \
	wall=$$(($$(date +%s) - begin)); times > $(BUILD)/timed/times; \
	cpu=$$(tail -1 $(BUILD)/timed/times | tr 'ms' '  ' | awk '{ printf "%.0f", 60 * ($$1 + $$3) + $$2 + $$4 }'); \
	rm -rf $(BUILD)/timed; [ $$status = 0 ] || exit $$status; \
	echo "clean build, tests included: $$wall s on $$(nproc) processors, $$cpu s of processor time"

install: ito $(OBJ)/libito.a ## command, headers, library, recipes and ito.pc under PREFIX (DESTDIR=... for packagers)
	install -D -m 755 $(OBJ)/ito $(DESTDIR)$(PREFIX)/bin/ito
	install -D -m 644 $(OBJ)/libito.a $(DESTDIR)$(PREFIX)/lib/libito.a
	@for header in $(LIBRARY_HEADERS); do install -D -m 644 $$header $(DESTDIR)$(PREFIX)/include/ito/$$header; done
	install -d $(DESTDIR)$(PREFIX)/share/ito/recipes $(DESTDIR)$(PREFIX)/share/ito/weights $(DESTDIR)$(PREFIX)/lib/pkgconfig
	@for file in $(wildcard experiments/recipes/*.toml); do install -m 644 $$file $(DESTDIR)$(PREFIX)/share/ito/recipes; done
	@for file in $(wildcard experiments/weights/*); do install -m 644 $$file $(DESTDIR)$(PREFIX)/share/ito/weights; done
	@printf '%s\n' 'prefix=$(PREFIX)' '' 'Name: ito' 'Description: numerical laboratory for diffusion and flow samplers' \
	  'Version: $(VERSION)' 'Cflags: -I$${prefix}/include/ito -std=c++20 $(CONTRACT_FLAGS) $(HIGHWAY_FLAGS)' \
	  'Libs: -L$${prefix}/lib -lito $(LIBRARY_LIBS)' > $(DESTDIR)$(PREFIX)/lib/pkgconfig/ito.pc

demo: deps ## build, then the five-minute tour: train on the spiral, sample Fashion-MNIST exactly and by a UNet, report
	@$(MAKE) --no-print-directory ito
	$(OBJ)/ito run demo

# The shipped networks, each from the recipe of its name. Trained again, they must be the weights on record; the bits of
# this build must be those of every other first. What an earlier call finished is trained again, what was interrupted goes
# on. WEIGHTS=record takes what comes out as the new record.
WEIGHTS_NAMES := fashion-classifier fashion-unet
WEIGHTS_RECORD := experiments/weights/hashes.txt
weights: deps-bits ## train the shipped networks again and hold their hashes against the record (half an hour)
	@$(MAKE) --no-print-directory test-bits
	@$(MAKE) --no-print-directory CXX="$(CLANG)" test-bits
	@$(MAKE) --no-print-directory ito
	@mkdir -p $(BUILD)/weights experiments/weights; begin=$$(date +%s); \
	for name in $(WEIGHTS_NAMES); do \
	  rm -f $(BUILD)/weights/$$name/weights/*.safetensors; \
	  $(OBJ)/ito train $$name --out $(BUILD)/weights/$$name --save $(BUILD)/weights/$$name.safetensors \
	    > $(BUILD)/weights/$$name.txt || exit $$?; \
	  cat $(BUILD)/weights/$$name.txt; \
	  sed -n "s/^weights \([0-9a-f]*\) .*/\1  $$name/p" $(BUILD)/weights/$$name.txt > $(BUILD)/weights/$$name.hash; \
	done; \
	(cd $(BUILD)/weights && cat $(WEIGHTS_NAMES:=.hash)) > $(BUILD)/weights/hashes.txt; \
	echo "trained in $$(($$(date +%s) - begin)) s on $$(nproc) processors"; \
	if [ "$(WEIGHTS)" = record ]; then \
	  cp $(WEIGHTS_NAMES:%=$(BUILD)/weights/%.safetensors) experiments/weights/ && \
	  cp $(BUILD)/weights/hashes.txt $(WEIGHTS_RECORD) && echo "recorded in $(WEIGHTS_RECORD)"; \
	elif diff -u $(WEIGHTS_RECORD) $(BUILD)/weights/hashes.txt; then echo "the same weights as on record"; \
	else echo "weights: these are other weights than those on record in $(WEIGHTS_RECORD)" >&2; exit 1; fi

clean: ## remove BUILD
	rm -rf $(BUILD)

# --- rules ------------------------------------------------------------------------------------------------------------
# One short line a file, or the whole command with V=1.
quietly = $(if $(filter 1,$(V)),,@printf '%-8s%s\n' $(1) $@; )

# -MD, not -MMD: what a simd.cc includes is first met inside <hwy/foreach_target.h>, and would count as a system header.
$(OBJ)/%.o: %.cc Makefile
	@mkdir -p $(@D)
	$(call quietly,compile)$(CXX) $(CPPFLAGS_ITO) $(CXXFLAGS_ITO) $(CONTRACT_FLAGS) $(EXTRA) -MD -MP -c $< -o $@

$(OBJ)/other_blocks/%.o: %.cc Makefile
	@mkdir -p $(@D)
	$(call quietly,compile)$(CXX) $(CPPFLAGS_ITO) $(CXXFLAGS_ITO) $(CONTRACT_FLAGS) $(EXTRA) $(OTHER_BLOCKS_FLAGS) -MD -MP -c $< -o $@

# OpenMP is in one file; the CPU check must run where nothing else can.
$(OBJ)/kernels/core/parallel.o $(OBJ)/other_blocks/kernels/core/parallel.o: EXTRA := -fopenmp
$(OBJ)/kernels/core/cpu_check.o: CONTRACT_FLAGS := -march=x86-64
$(OBJ)/kernels/core/cpu_check.o: EXTRA := -fno-sanitize=all

# Headers compiled once. Standard headers before every file of a room built of many small ones, under g++ alone: clang++
# compiles the same files without, so that an include that is missing still shows.
STANDARD_HEADERS := algorithm array bit charconv cmath cstdint cstdio cstdlib cstring filesystem fmt/format.h functional \
  limits map memory numeric optional set span string string_view utility variant vector
STANDARD := $(OBJ)/standard.h
$(STANDARD).gch: Makefile
	@mkdir -p $(@D)
	@printf '#include <%s>\n' $(STANDARD_HEADERS) > $(STANDARD)
	$(call quietly,compile)$(CXX) $(CPPFLAGS_ITO) $(CXXFLAGS_ITO) $(CONTRACT_FLAGS) -x c++-header $(STANDARD) -o $@
ifeq ($(COMPILER),gcc)
PLAIN_OBJECTS := $(call objects,$(AUTOGRAD) $(SAMPLERS) $(EXPERIMENTS) $(MAIN))
$(PLAIN_OBJECTS): EXTRA := -fpch-preprocess -include $(STANDARD)
$(PLAIN_OBJECTS): $(STANDARD).gch
endif

# GoogleTest before every test. What tests measure is compiled apart, so they themselves may be optimised less.
TEST_FLAGS := $(if $(filter release,$(MODE)),-O1)
TEST_HEADER := $(OBJ)/tests/precompiled.h
PRECOMPILED := $(TEST_HEADER)$(if $(filter clang,$(COMPILER)),.pch,.gch)
$(PRECOMPILED): tests/support/precompiled.h Makefile
	@mkdir -p $(@D)
	@cp $< $(TEST_HEADER)
	$(call quietly,compile)$(CXX) $(CPPFLAGS_ITO) $(CXXFLAGS_ITO) $(CONTRACT_FLAGS) $(TEST_FLAGS) -x c++-header $(TEST_HEADER) -o $@
$(OBJ)/tests/%.o: EXTRA := $(TEST_FLAGS) $(if $(filter clang,$(COMPILER)),-include-pch $(PRECOMPILED),-fpch-preprocess -include $(TEST_HEADER))
$(call objects,$(TESTS)): $(PRECOMPILED)

$(OBJ)/ito: $(COMMAND_OBJECTS)
	$(call quietly,link)$(CXX) $(LDFLAGS_ITO) $^ $(LIBS) -o $@
ifeq ($(MODE)-$(COMPILER),release-gcc)
	@ln -sf $(notdir $(OBJ))/ito $(BUILD)/ito
endif

# One member: parts that only register themselves would else be left behind.
$(OBJ)/libito.a: $(LIBRARY_OBJECTS)
	$(call quietly,link)ld -r $^ -o $(OBJ)/libito.o
	@rm -f $@
	@ar rcs $@ $(OBJ)/libito.o

$(OBJ)/ito_tests: $(PROGRAM_OBJECTS) $(call objects,$(TESTS)) $(OTHER_BLOCKS_OBJECTS)
	$(call quietly,link)$(CXX) $(LDFLAGS_ITO) $^ $(LIBS) -lgtest -lmpfr -lgmp -o $@

$(OBJ)/ito_bits: $(PROGRAM_OBJECTS) $(call objects,$(BITS))
	$(call quietly,link)$(CXX) $(LDFLAGS_ITO) $^ $(LIBS) -lgtest -o $@

$(OBJ)/ito_bench: $(PROGRAM_OBJECTS) $(call objects,$(BENCH))
	$(call quietly,link)$(CXX) $(LDFLAGS_ITO) $^ $(LIBS) -lbenchmark -o $@

# Peers are built for this very machine: they are compared at their best. (GCC warns of its own AVX-512 headers.)
$(call objects,$(PEERS)): EXTRA := -march=native -fopenmp -Wno-maybe-uninitialized -Wno-uninitialized $(shell pkg-config --cflags openblas 2>/dev/null)
$(OBJ)/ito_bench_peers: $(PROGRAM_OBJECTS) $(call objects,$(BENCH) $(PEERS))
	$(call quietly,link)$(CXX) $(LDFLAGS_ITO) $^ $(LIBS) -lbenchmark $(shell pkg-config --libs openblas 2>/dev/null || echo -lopenblas) -o $@

-include $(patsubst %.cc,$(OBJ)/%.d,$(KERNELS) $(AUTOGRAD) $(SAMPLERS) $(EXPERIMENTS) $(MAIN) $(TESTS) $(BENCH) $(PEERS)) $(OTHER_BLOCKS_OBJECTS:.o=.d)
