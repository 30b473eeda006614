// tenterhook-bench-runtime: what the runtime's operations cost natively, alone and contended. For
// comparing two versions on one machine; no figure is promised.
#include <benchmark/benchmark.h>

#include "runtime/runq.hpp"
#include "runtime/runtime2.hpp"
#include "runtime/sync/lock.hpp"

namespace {

namespace runtime = tenterhook::TENTERHOOK_PLATFORM::runtime;

void put_and_get(benchmark::State& state) {
  runtime::runtime rt(1);
  runtime::g gp(1);
  for (auto _ : state) {
    runtime::runqput(rt.allp[0], &gp, state.range(0) != 0);
    benchmark::DoNotOptimize(runtime::runqget(rt.allp[0]).gp);
  }
}
BENCHMARK(put_and_get)->ArgName("next")->Arg(0)->Arg(1);

void steal_half(benchmark::State& state) {
  runtime::runtime rt(2);
  runtime::g gp(1);
  const auto count = static_cast<int>(state.range(0));
  for (auto _ : state) {
    for (int i = 0; i < count; ++i) runtime::runqput(rt.allp[0], &gp, false);
    benchmark::DoNotOptimize(runtime::runqsteal(rt.allp[1], rt.allp[0], false));
    while (runtime::runqget(rt.allp[0]).gp != nullptr) {
    }
    while (runtime::runqget(rt.allp[1]).gp != nullptr) {
    }
  }
}
BENCHMARK(steal_half)->ArgName("queued")->Arg(2)->Arg(64);

void lock_and_unlock(benchmark::State& state) {
  static runtime::mutex mutex("bench");
  for (auto _ : state) {
    runtime::lock(mutex);
    runtime::unlock(mutex);
  }
}
BENCHMARK(lock_and_unlock)->Threads(1)->Threads(2);

}  // namespace

BENCHMARK_MAIN();
