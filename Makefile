# Everything is made inside the checkout, under .local/; only Debian packages are installed outside.
# `make` without a target tells what there is. The work is done by the package dev/ (plain Python).

# The first Python that CKAN supports.
PYTHON := $(shell for python in python3.12 python3.11 python3.10 python3; do \
	  $$python -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))' 2>/dev/null \
	  && { echo $$python; break; }; done)
DEV = $(if $(PYTHON),$(PYTHON) -m dev,$(error \
	CKAN needs Python 3.10, 3.11 or 3.12, and none is found on the PATH))

.PHONY: help run stop clean test test-211 test-ckan test-up test-down end lint bench bench-feeds prove prove-full screenshots

help:
	@echo 'make run        the demo portal at http://localhost:5000 (PORT=… for another)'
	@echo 'make stop       end the portal'
	@echo 'make test       the tests; ARGS="-k word" goes to pytest'
	@echo 'make test-211   the same on CKAN 2.11, but for what does not depend on it'
	@echo "make test-ckan  CKAN's own tests, without and with the extension"
	@echo 'make test-up    keep the services of the tests running (INSTANCE=test CKAN=2.12)'
	@echo 'make test-down  end them (INSTANCE=test)'
	@echo 'make lint       style and types'
	@echo 'make bench      what the extension costs; ARGS="--datasets 10000" for a large portal'
	@echo 'make bench-feeds  what a page of the feeds costs'
	@echo 'make prove      do the tests notice a wrong policy? (a sample of mutants; ARGS=access for a module)'
	@echo 'make prove-full the same with all mutants'
	@echo 'make screenshots  pictures for the documents, from the portal that runs'
	@echo 'make end        end everything that runs'
	@echo 'make clean      end everything and remove .local'

run:
	@$(DEV) run $(PORT)

stop:
	@$(DEV) stop

clean:
	@$(DEV) clean

test:
	@$(DEV) test $(ARGS)

test-211:
	@$(DEV) test-211 $(ARGS)

test-ckan:
	@$(DEV) test-ckan $(ARGS)

INSTANCE ?= test
CKAN ?= 2.12
test-up:
	@$(DEV) test-up $(INSTANCE) $(CKAN)

test-down:
	@$(DEV) test-down $(INSTANCE)

end:
	@$(DEV) end

lint:
	@$(DEV) lint

# Not part of the tests: it takes ten minutes and more, and means something on a quiet machine only.
bench:
	@$(DEV:dev=benchmarks.overhead) $(ARGS)

bench-feeds:
	@$(DEV:dev=benchmarks.feeds) $(ARGS)

prove:
	@$(DEV) prove $(ARGS)

prove-full:
	@$(DEV) prove-full $(ARGS)

screenshots:
	@$(DEV) screenshots
