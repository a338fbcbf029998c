# Two commands do everything, set-up included: `make demo` and `make test`.
#   make demo            the tutorial's scenario, for real, with the measured outage
#   make demo KEEP=1     leaves it running and says how to look around
#   make demo POWER_LOSSES=20   and twenty power losses in a row after that
#   make demo SEED=DIR   with the keepalived.conf files of that folder instead of the demo's own
#   make test            types, lint, layers, unit, property, golden and system tests
#   make bench           havipd against keepalived, in the same run (BENCH='--rounds 3 --intervals 1')
#   make bench-control-plane   the API: calls a second, lists and memory at 10,000 HaVips, reconcile latency, failover through the EIP
#   make sim SEEDS=100000   random worlds in the simulator, on all cores (FROM= the first seed)
#   make fidelity        is what the simulator says what really happens? Each fault in both, side by side (FIDELITY='--rounds 1 --intervals 1')
#   make planted        bugs planted in the sources, one after the other: do the random worlds find each? (PLANTED='--only nopreempt')
#   make clean           removes what demo and tests may have left on this machine, and what was built
.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo test bench bench-control-plane sim fidelity planted clean distclean

help:
	@sed -n 's/^#   //p' Makefile

setup:
	@sh tools/setup.sh demo

setup-test:
	@sh tools/setup.sh test

demo: setup
	@sh tools/as-root.sh node_modules/.bin/node tools/demo/main.ts $(if $(SEED),--seed '$(SEED)') $(if $(KEEP),--keep) $(if $(POWER_LOSSES),--power-losses '$(POWER_LOSSES)')

test: setup-test
	@sh tools/as-root.sh node_modules/.bin/node tools/test.ts $(ONLY)

bench: setup-test
	@sh tools/as-root.sh node_modules/.bin/node tools/bench/main.ts $(BENCH)

bench-control-plane: setup-test
	@sh tools/as-root.sh node_modules/.bin/node --disable-warning=ExperimentalWarning tools/bench/control-plane.ts $(BENCH)

sim: setup-test
	@node_modules/.bin/node tools/sim/main.ts --from $(or $(FROM),1) --seeds $(or $(SEEDS),2000)

fidelity: setup-test
	@sh tools/as-root.sh node_modules/.bin/node tools/fidelity/main.ts $(FIDELITY)

planted: setup-test
	@node_modules/.bin/node tools/sim/planted.ts $(PLANTED)

clean:
	@sh tools/clean.sh

distclean: clean
	@rm -rf node_modules
