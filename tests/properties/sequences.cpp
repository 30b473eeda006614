// Random sequences of calls on one thread: the runtime does what the sequential specifications say,
// natively and hooked. That each of these tests can fail: see the last two.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <ostream>
#include <set>
#include <tuple>

#include "checker/execution/crash.hpp"
#include "checker/execution/execution.hpp"
#include "checker/explore/random.hpp"
#include "tests/properties/drivers.hpp"
#include "tests/properties/property.hpp"

namespace tenterhook::tests {

std::ostream& operator<<(std::ostream& out, const op& o) {
  return out << "{" << o.kind << " p" << o.p << " " << o.n << "}";
}
std::ostream& operator<<(std::ostream& out, const setup& s) {
  return out << s.procs << " Ps, " << (s.go14 ? "2014" : "1.6") << ", from " << s.start;
}

namespace {

struct part {
  const char* name;
  driver drivers::*drive;
  rules (*wrong)(rules);  // rules that the runtime does not go by
  std::size_t unnoticed;  // most stores in runtime/ whose loss may go unnoticed
};

// Unnoticed: where a global queue's last link points (its size says where it ends), a node's push
// count (it is for other threads), parfor's statistics.
const part parts[] = {
    {"queues", &drivers::queues, [](rules r) { return r.runq_size++, r; }, 1},
    {"lfstack", &drivers::lfstack, [](rules r) { return r.lfstack_bottom = 1, r; }, 1},
    {"gfree", &drivers::gfree, [](rules r) { return r.gfree_low++, r; }, 0},
    {"goid", &drivers::goid, [](rules r) { return r.goid_batch++, r; }, 0},
    {"sema", &drivers::sema, [](rules r) { return r.first_count = 0, r; }, 0},
    {"parfor", &drivers::parfor, [](rules r) { return r.extra_iterations = 1, r; }, 1},
    {"note", &drivers::note, [](rules r) { return r.note_begins_woken = true, r; }, 0},
};

rc::Gen<setup> setups() {
  return rc::gen::exec([] {
    return setup{*rc::gen::resize(rc::kNominalSize, rc::gen::inRange(1, 5)),
                 *rc::gen::element(false, false, true), *rc::gen::element(0U, 0xffff'fffdU)};
  });
}

rc::Gen<std::vector<op>> sequences() {
  return rc::gen::container<std::vector<op>>(rc::gen::resize(
      rc::kNominalSize,
      rc::gen::apply(
          [](int kind, int p, int n) {
            return op{kind, p, n};
          },
          rc::gen::inRange(0, 12), rc::gen::inRange(0, 4), rc::gen::inRange(0, 101))));
}

std::string text(const difference& d) {
  return fmt::format("step {}: {} is {}, not {}", d.step, d.what, d.got, d.expected);
}

// Runs drivers; hooked ones within one virtual thread.
class runner {
 public:
  runner(const drivers& of, checker::Options options) : of_(of) {
    options.max_steps = 1'000'000;
    options.threads = 1 + 4 * 4;  // parfor's
    static const bool once = (checker::catch_crashes(), true);
    (void)once;
    if (&of == &hooked::tests::all) execution_ = std::make_unique<checker::Execution>(options);
  }

  // What is wrong; "": nothing.
  std::string run(const part& p, const rules& by, const setup& with, const std::vector<op>& ops) {
    const driver drive = of_.*p.drive;
    difference found;
    if (execution_ != nullptr) {
      checker::RandomStrategy strategy(1);
      strategy.begin();
      const checker::Outcome outcome =
          execution_->run([&] { found = drive(by, with, ops); }, strategy);
      if (outcome == checker::Outcome::failed) return execution_->failure().signature();
      if (outcome != checker::Outcome::complete) return "it does not end";
    } else {
      found = drive(by, with, ops);
    }
    return found.what == nullptr ? "" : text(found);
  }

  checker::Execution& execution() { return *execution_; }

 private:
  const drivers& of_;
  std::unique_ptr<checker::Execution> execution_;
};

struct where {
  const drivers* of;
  const part* p;
};

std::string name(const where& w) { return fmt::format("{}_{}", w.of->platform, w.p->name); }
void PrintTo(const where& w, std::ostream* out) { *out << name(w); }

std::vector<where> everywhere(const drivers& of) {
  std::vector<where> result;
  for (const part& p : parts) result.push_back({&of, &p});
  return result;
}

class Sequences : public testing::TestWithParam<where> {
 protected:
  const drivers& of = *GetParam().of;
  const part& p = *GetParam().p;

  examined examine_with(const rules& by, int cases) {
    runner r(of, {});
    return holds(fmt::format("{} {}", of.platform, p.name), cases, [&] {
      const std::string wrong = r.run(p, by, *setups(), *sequences());
      if (!wrong.empty()) RC_FAIL(wrong);
    });
  }
};

INSTANTIATE_TEST_SUITE_P(Native, Sequences, testing::ValuesIn(everywhere(native::tests::all)),
                         [](const auto& test) { return name(test.param); });
INSTANTIATE_TEST_SUITE_P(Hooked, Sequences, testing::ValuesIn(everywhere(hooked::tests::all)),
                         [](const auto& test) { return name(test.param); });

TEST_P(Sequences, AgreeWithTheSpecification) {
  const examined result = examine_with(of.own, 300);
  EXPECT_TRUE(result.holds) << result.text;
}

class DroppedStores : public testing::TestWithParam<where> {};

INSTANTIATE_TEST_SUITE_P(Parts, DroppedStores, testing::ValuesIn(everywhere(hooked::tests::all)),
                         [](const auto& test) { return name(test.param); });

TEST_P(DroppedStores, AreNoticed) {
  const part& p = *GetParam().p;
  constexpr int many = 60;
  std::vector<std::pair<setup, std::vector<op>>> cases;
  rc::Random random(1);
  for (int i = 0; i < many; i++) {
    cases.emplace_back(setups()(random.split(), i).value(), sequences()(random.split(), i).value());
  }
  const auto noticed = [&](runner& r) {
    return std::any_of(cases.begin(), cases.end(), [&](const auto& c) {
      return !r.run(p, hooked::tests::all.own, c.first, c.second).empty();
    });
  };
  checker::Options options;
  options.sites = true;
  std::vector<checker::Execution::Site> stores;
  {
    runner r(hooked::tests::all, options);
    ASSERT_FALSE(noticed(r));
    for (const auto& site : r.execution().sites()) {
      // less those of the proofs
      if (site.op == checker::OpKind::store &&
          std::strncmp(site.at.file_name(), "runtime/", 8) == 0 &&
          std::strcmp(site.at.file_name(), "runtime/places.hpp") != 0) {
        stores.push_back(site);
      }
    }
  }
  std::size_t unnoticed = 0;
  for (const auto& site : stores) {
    checker::Options with;
    with.mutation = {checker::MutationKind::drop, site.at.file_name(), site.at.line(),
                     site.at.column()};
    runner r(hooked::tests::all, with);
    if (noticed(r)) continue;
    unnoticed++;
    fmt::print("  not noticed: {}:{}\n", site.at.file_name(), site.at.line());
  }
  fmt::print("  {} of {} dropped stores are noticed\n", stores.size() - unnoticed, stores.size());
  EXPECT_LE(unnoticed, p.unnoticed);
}

TEST_P(Sequences, DisagreeWithAnotherSpecification) {
  const examined result = examine_with(p.wrong(of.own), 300);
  EXPECT_FALSE(result.holds);
  EXPECT_NE(result.text.find("step"), std::string::npos) << result.text;
}

}  // namespace
}  // namespace tenterhook::tests
