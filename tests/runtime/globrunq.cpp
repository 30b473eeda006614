#include "runtime/globrunq.hpp"

#include "runtime/runq.hpp"
#include "tests/runtime/goroutines.hpp"

namespace tenterhook::TENTERHOOK_PLATFORM::runtime {
namespace {

constexpr std::int32_t half = platform::config::runq_size / 2;

class locked {
 public:
  explicit locked(runtime& rt) : rt_(rt) { lock(rt.sched.lock); }
  ~locked() { unlock(rt_.sched.lock); }
  locked(const locked&) = delete;
  locked& operator=(const locked&) = delete;

 private:
  runtime& rt_;
};

std::int32_t size(runtime& rt) {
  return rt.sched.runqsize.load(std::memory_order_relaxed);  // one thread
}

TEST(GlobalQueue, PutsAtTheTailAtTheHeadAndInBatches) {
  runtime rt(1);
  const locked guard(rt);
  goroutines all(6);
  EXPECT_EQ(globrunqget(rt, rt.allp[0], 0), nullptr);
  globrunqputhead(rt, all[1]);  // into the empty list: it must find the tail too
  globrunqput(rt, all[2]);
  globrunqputhead(rt, all[0]);
  all[3]->schedlink.set(all[4]);
  all[4]->schedlink.set(all[5]);
  globrunqputbatch(rt, all[3], all[5], 3);
  EXPECT_EQ(size(rt), 6);
  for (std::size_t i = 0; i < 6; i++) EXPECT_EQ(globrunqget(rt, rt.allp[0], 1), all[i]);
  EXPECT_EQ(globrunqget(rt, rt.allp[0], 1), nullptr);
  EXPECT_EQ(size(rt), 0);
  EXPECT_EQ(rt.sched.runqtail.get(), nullptr);

  globrunqputbatch(rt, all[0], all[0], 1);  // into the list emptied
  EXPECT_EQ(globrunqget(rt, rt.allp[0], 0), all[0]);
}

struct share_case {
  std::int32_t procs;
  std::int32_t queued;
  std::int32_t max;
  std::int32_t taken;
};

class Share : public testing::TestWithParam<share_case> {};

INSTANTIATE_TEST_SUITE_P(Arithmetic, Share,
                         testing::Values(share_case{1, 1, 0, 1},    // size/1 + 1 would be 2
                                         share_case{1, 10, 0, 10},  //
                                         share_case{4, 10, 0, 3},   // 10/4 + 1
                                         share_case{4, 10, 2, 2},   // max
                                         share_case{4, 10, 3, 3},   //
                                         share_case{4, 10, 1,
                                                    1},  // what schedule() asks each 61st tick
                                         share_case{8, 3, 0, 1},            // 3/8 + 1
                                         share_case{1, 3 * half, 0, half},  // half a local queue
                                         share_case{2, 3 * half, half + 5, half}));

TEST_P(Share, IsTheNthPartAndOneMoreWithinMaxAndHalfALocalQueue) {
  const share_case& c = GetParam();
  runtime rt(c.procs);
  p* pp = rt.allp[0];
  goroutines all(static_cast<std::size_t>(c.queued));
  const locked guard(rt);
  for (std::int32_t i = 0; i < c.queued; i++) globrunqput(rt, all[static_cast<std::size_t>(i)]);

  EXPECT_EQ(globrunqget(rt, pp, c.max), all[0]);
  EXPECT_EQ(size(rt), c.queued - c.taken);
  for (std::int32_t i = 1; i < c.taken; i++) {
    EXPECT_EQ(runqget(pp).gp, all[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(runqget(pp).gp, nullptr);
  if (c.taken < c.queued) {
    EXPECT_EQ(globrunqget(rt, pp, 1), all[static_cast<std::size_t>(c.taken)]);
  }
}

}  // namespace
}  // namespace tenterhook::TENTERHOOK_PLATFORM::runtime
