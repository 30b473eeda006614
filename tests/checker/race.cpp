// The race detector: two accesses of a plain cell, one of them a write, unordered.
#include <gtest/gtest.h>

#include "tests/checker/explored.hpp"

namespace tenterhook::hooked::tests {
namespace {

using plain = platform::plain<int>;

constexpr const char* both[] = {"sc", "tso"};

void races(std::function<void(run&)> scenario, const std::string& say) {
  for (const std::string model : both) {
    const Result r = exhaust(scenario, model);
    EXPECT_TRUE(fails_with(r, FailureKind::race)) << model << ": " << failure_of(r);
    EXPECT_NE(failure_of(r).find(say), std::string::npos) << failure_of(r);
  }
}

void clean(std::function<void(run&)> scenario) {
  for (const std::string model : both) {
    const Result r = exhaust(scenario, model);
    EXPECT_EQ(r.verdict, Verdict::verified) << model << ": " << failure_of(r);
  }
}

TEST(race, two_writes) {
  races(
      [](run& t) {
        plain d(0, "d");
        t.go("a", [&d] { d.set(1); });
        t.go("b", [&d] { d.set(2); });
        t.join();
      },
      "write of d with the write by a#1");
}

TEST(race, a_write_and_a_read_whoever_comes_first) {
  races(
      [](run& t) {
        plain d(0, "d");
        t.go("a", [&d] { (void)d.get(); });
        t.go("b", [&d] { d.set(2); });
        t.join();
      },
      "write of d with the read by a#1");
  races(
      [](run& t) {
        plain d(0, "d");
        t.go("a", [&d] { d.set(2); });
        t.go("b", [&d] { (void)d.get(); });
        t.join();
      },
      "read of d with the write by a#1");
}

// Of two readers one is ordered before the writer, the other is not.
constexpr int ordered_read = __LINE__ + 6;
void two_readers(run& t) {
  plain d(0, "d");
  word x(0, "x");
  t.go("a", [&d] { (void)d.get(); });
  t.go("b", [&d, &x] {
    (void)d.get();
    x.store(1, release);
  });
  t.go("c", [&d, &x] {
    platform::assume(x.load(acquire) == 1);
    d.set(1);
  });
  t.join();
}

TEST(race, a_write_and_the_earlier_of_two_reads) {
  races(two_readers, "write of d with the read by");
}

// Where a reader read is known of the last one only: another's line is not said to be its.
TEST(race, a_reader_is_not_said_to_have_read_where_another_did) {
  for (const std::string model : both) {
    const std::string said = failure_of(exhaust(two_readers, model));
    EXPECT_NE(said.find("the read by a#1"), std::string::npos) << said;
    EXPECT_EQ(said.find("race.cpp:" + std::to_string(ordered_read)), std::string::npos) << said;
  }
}

TEST(race, it_is_found_though_no_schedule_puts_the_two_side_by_side) {
  races(
      [](run& t) {
        plain d(0, "d");
        word x(0, "x");
        t.go("a", [&d, &x] {
          d.set(1);
          for (std::uint32_t i = 0; i < 3; ++i) x.store(i, relaxed);
        });
        t.go("b", [&d] { d.set(2); });
        t.join();
      },
      "write");
}

TEST(race, two_reads_are_none) {
  clean([](run& t) {
    plain d(7, "d");
    for (const char* name : {"a", "b", "c"}) t.go(name, [&d] { (void)d.get(); });
    t.join();
    d.set(8);
  });
}

TEST(race, a_message_that_was_passed_is_none) {
  clean([](run& t) {
    plain d(0, "d");
    word ready(0, "ready");
    t.go("sender", [&] {
      d.set(1);
      ready.store(1, release);
    });
    t.go("receiver", [&] {
      if (ready.load(acquire) == 1) platform::check(d.get() == 1, "the message is there");
    });
    t.join();
  });
}

TEST(race, a_message_that_was_not_waited_for_is_one) {
  races(
      [](run& t) {
        plain d(0, "d");
        word ready(0, "ready");
        t.go("sender", [&] {
          d.set(1);
          ready.store(1, release);
        });
        t.go("receiver", [&] {
          (void)ready.load(acquire);
          (void)d.get();
        });
        t.join();
      },
      "d with the");
}

// A plain store of another thread ends a release sequence, also where it is ldrexd and strexd.
TEST(race, a_store_of_64_bits_continues_no_release_sequence) {
  for (const std::string model : {"rc11", "power", "arm"}) {
    const checker::program p = program_of([](run& t) {
      platform::atomic<std::uint64_t> x(0, "x");
      plain d(0, "d");
      t.go("a", [&] {
        d.set(1);
        x.store(1, release);
      });
      t.go("b", [&] {
        if (x.load(relaxed) == 1) x.store(2, relaxed);
      });
      t.go("c", [&] {
        if (x.load(acquire) == 2) (void)d.get();
      });
      t.join();
    });
    const Result r = explore(task_of(p, "dpor", model));
    EXPECT_TRUE(fails_with(r, FailureKind::race)) << model << ": " << failure_of(r);
  }
}

TEST(race, start_and_join_order_what_is_before_and_after) {
  clean([](run& t) {
    plain d(0, "d");
    d.set(1);
    t.go("a", [&d] { d.set(d.get() + 1); });
    t.join();
    platform::check(d.get() == 2, "join shows it");
    t.go("b", [&d] { d.set(d.get() + 1); });
    t.join();
    platform::check(d.get() == 3, "join shows it again");
  });
}

TEST(race, what_happens_after_the_start_is_not_ordered) {
  races(
      [](run& t) {
        plain d(0, "d");
        t.go("a", [&d] { (void)d.get(); });
        d.set(1);
        t.join();
      },
      "d");
}

TEST(race, a_futex_wake_orders) {
  clean([](run& t) {
    plain d(0, "d");
    word w(0, "w");
    t.go("sleeper", [&] {
      if (platform::futex_wait(w, 0, -1) == platform::futex_result::woken) {
        platform::check(d.get() == 1, "who is woken sees what the waker wrote");
      }
    });
    t.go("waker", [&] {
      d.set(1);
      w.store(1, seq_cst);
      platform::futex_wake(w, 1);
    });
    t.join();
  });
}

TEST(race, neither_yields_nor_ghosts_order) {
  races(
      [](run& t) {
        plain d(0, "d");
        platform::ghost<int> g(0, "g");
        t.go("a", [&] {
          d.set(1);
          g.set(1);
          platform::osyield();
        });
        t.go("b", [&] {
          platform::osyield();
          if (g.get() == 1) (void)d.get();
        });
        t.join();
      },
      "read of d with the write by a#1");
}

TEST(race, a_cell_that_another_made_without_publishing_it) {
  races(
      [](run& t) {
        platform::atomic<plain*> shared(nullptr, "shared");
        platform::ghost<plain*> hint(nullptr, "hint");  // orders nothing
        t.go("maker", [&] {
          auto* d = platform::create<plain>(1, "d");
          hint.set(d);
          shared.store(d, release);
        });
        t.go("user", [&] {
          plain* d = hint.get();
          if (d != nullptr) (void)d->get();
        });
        t.join();
        platform::destroy(shared.load(relaxed));
      },
      "read of d with the write by maker#1");
}

TEST(race, an_uninitialised_cell_is_named) {
  const Result r = exhaust([](run&) {
    plain d("d");
    (void)d.get();
  });
  EXPECT_TRUE(fails_with(r, FailureKind::uninitialised)) << failure_of(r);
  EXPECT_NE(failure_of(r).find("d is read before it is written"), std::string::npos);
}

}  // namespace
}  // namespace tenterhook::hooked::tests
