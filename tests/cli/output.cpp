// What the tool prints and the codes that it ends with.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/defects/tool.hpp"

namespace tenterhook::tests {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

TEST(output, help_has_an_example_for_each_verb) {
  for (const std::string verb :
       {"", "list", "check", "replay", "audit mutants", "audit lowering"}) {
    const Ran ran = run_tool(verb + " --help");
    EXPECT_EQ(ran.exit_code, 0) << verb;
    EXPECT_NE(ran.output.find("example"), std::string::npos) << ran.output;
  }
}

TEST(output, the_first_line_repeats_the_run) {
  const Folder folder;
  const std::string flags = "--explore random --model tso --runs 500 --artifact-dir " +
                            folder.path();
  const Ran ran = run_tool("check runq/steal " + flags);
  const std::string again = first_line(ran.output);
  ASSERT_EQ(again.rfind("tenterhook check runq/steal", 0), 0U) << ran.output;
  EXPECT_NE(again.find("--seed 1"), std::string::npos) << again;
  const Ran twice = run_tool(again.substr(sizeof "tenterhook"));
  EXPECT_EQ(twice.exit_code, ran.exit_code);
  EXPECT_EQ(first_line(twice.output), again);
}

TEST(output, json_has_the_fields_that_scripts_read) {
  const Folder folder;
  const Ran ran = run_tool("check runq/steal --model sc --json - --artifact-dir " + folder.path());
  const auto json = nlohmann::json::parse(ran.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << ran.output;
  for (const char* key : {"schema", "build", "command", "results"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  for (const char* key :
       {"scenario", "params", "target", "model", "strategy", "verdict", "executions", "blocked",
        "steps", "seconds", "cpu_seconds", "seed", "schedule", "signature"}) {
    EXPECT_TRUE(json["results"][0].contains(key)) << key;
  }
  EXPECT_EQ(json["results"][0]["verdict"], "VERIFIED");
}

// The owner's store comes over the thief's compare-and-swap: one preemption.
TEST(output, a_bound_on_preemptions_bounds_dpor_as_it_bounds_bounded) {
  const Folder folder;
  for (const std::string strategy : {"dpor", "bounded"}) {
    const std::string check = "check runq/steal --model sc --explore " + strategy +
                              " --artifact-dir " + folder.path() + " --preemptions ";
    const auto none = result_of(run_tool(check + "0 -p put=2 --json -"));
    EXPECT_EQ(none.value("verdict", ""), "NO BUG FOUND") << none.dump(2);
    EXPECT_EQ(none.value("bound", ""), "preemptions <= 0");
    const std::string bug = " --defect runqget-no-cas --json -";
    EXPECT_EQ(result_of(run_tool(check + "0" + bug)).value("verdict", ""), "NO BUG FOUND");
    const auto found = result_of(run_tool(check + "1" + bug));
    EXPECT_EQ(found.value("verdict", ""), "BUG") << found.dump(2);
    EXPECT_EQ(run_tool("replay " + found.value("schedule", "?")).exit_code, 1);
  }
}

TEST(output, symmetry_counts_identical_threads_once) {
  for (const std::string jobs : {"", " -j 2"}) {
    const auto few = result_of(
        run_tool("check counts/ainc -p n=5 --model tso --symmetry --json -" + jobs));
    EXPECT_EQ(few.value("executions", 0), 1) << few.dump(2);
    EXPECT_EQ(few.value("verdict", ""), "VERIFIED");
    EXPECT_EQ(few.value("bound", ""), "identical threads in one order");
  }
}

TEST(output, list_json_has_the_registries) {
  const auto json = nlohmann::json::parse(run_tool("list --json -").output, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  for (const char* key : {"scenarios", "targets", "models", "strategies", "defects"}) {
    ASSERT_TRUE(json.contains(key)) << key;
    EXPECT_FALSE(json[key].empty()) << key;
  }
  for (const char* key :
       {"name", "source", "scenario", "target", "model", "strategy", "shows_on"}) {
    EXPECT_TRUE(json["defects"][0].contains(key)) << key;
  }
  for (const char* key : {"name", "about", "params", "threads"}) {
    EXPECT_TRUE(json["scenarios"][0].contains(key)) << key;
  }
}

TEST(output, list_names_every_strategy_and_so_does_the_help_of_explore) {
  const auto json = nlohmann::json::parse(run_tool("list --json -").output, nullptr, false);
  ASSERT_FALSE(json.is_discarded());
  const std::string list = run_tool("list").output, help = run_tool("check --help").output;
  for (const std::string strategy : json["strategies"]) {
    EXPECT_NE(list.find("\n  " + strategy + " "), std::string::npos) << strategy << "\n" << list;
    EXPECT_NE(help.find(strategy), std::string::npos) << strategy << "\n" << help;
  }
}

TEST(output, strategies_that_sample_say_how_many_and_their_failures_come_back) {
  const Folder folder;
  for (const std::string strategy : {"random", "pct", "pos", "surw", "rff"}) {
    const std::string flags =
        fmt::format("--explore {} --seed 5 --json - --artifact-dir {}", strategy, folder.path());
    const nlohmann::json clean =
        result_of(run_tool("check runq/fifo --model tso --runs 70 " + flags));
    EXPECT_EQ(clean.value("verdict", ""), "NO BUG FOUND") << strategy;
    EXPECT_EQ(clean.value("bound", ""), fmt::format("70 {} executions", strategy));
    const std::string buggy = "check --defect runqget-no-cas " + flags;
    const nlohmann::json found = result_of(run_tool(buggy)), again = result_of(run_tool(buggy));
    ASSERT_EQ(found.value("verdict", ""), "BUG") << strategy;
    EXPECT_EQ(found["execution"], again["execution"]) << strategy << ": the seed decides all";
    EXPECT_EQ(found["steps"], again["steps"]) << strategy;
    const Ran back = run_tool("replay " + found["schedule"].get<std::string>() + " --repeat 20");
    EXPECT_EQ(back.exit_code, 1) << back.output;
  }
}

// Without an end of its own it would be killed by ctest, and red.
TEST(output, a_defect_that_is_not_found_ends_and_says_after_how_many) {
  const Folder folder;
  const nlohmann::json result = result_of(run_tool(
      "check runtime1/check --defect runqget-no-cas --model sc --explore random --json - "
      "--artifact-dir " + folder.path()));
  EXPECT_EQ(result.value("verdict", ""), "NO BUG FOUND");
  EXPECT_EQ(result.value("bound", ""), "1000000 random executions");
}

TEST(output, every_target_runs_under_its_model_and_equal_models_run_once) {
  const Folder folder;
  const Ran one = run_tool("check runq/fifo --target power64 --artifact-dir " + folder.path());
  EXPECT_EQ(one.exit_code, 0) << one.output;
  EXPECT_NE(one.output.find("power  dpor        VERIFIED"), std::string::npos) << one.output;
  const Ran ran = run_tool("check runq/fifo --target all --json - "
                           "--artifact-dir " + folder.path());
  const auto all = nlohmann::json::parse(ran.output, nullptr, false);
  ASSERT_FALSE(all.is_discarded()) << ran.output;
  std::map<std::string, std::string> models;
  for (const auto& r : all["results"]) models[r["target"]] = r["model"];
  const std::map<std::string, std::string> expected{
      {"386,amd64,amd64p32", "tso"}, {"arm", "arm"}, {"power64,power64le", "power"}};
  EXPECT_EQ(models, expected) << all.dump(2);
}

TEST(output, a_target_tells_what_is_assumed_and_what_is_not_modelled) {
  const Folder folder;
  const auto check = [&](const std::string& where) {
    return run_tool("check runq/fifo " + where + " --artifact-dir " + folder.path()).output;
  };
  const std::string power = check("--target power64"), p32 = check("--target amd64p32");
  EXPECT_NE(power.find("assumed that program order and reads-from have no cycle"),
            std::string::npos) << power;
  EXPECT_NE(power.find("only together with --model rc11"), std::string::npos) << power;
  EXPECT_NE(p32.find("amd64p32: its ordering is explored; its layout"), std::string::npos) << p32;
  const std::string sc = check("--model sc");
  EXPECT_EQ(sc.find("assumed"), std::string::npos) << sc;
  EXPECT_EQ(sc.find("amd64p32"), std::string::npos) << sc;
}

TEST(output, an_order_is_changed_at_one_place) {
  const Folder folder;
  const std::string runq = "check runq/steal --model power --artifact-dir " + folder.path();
  const Ran listed = run_tool("audit barriers runq/steal --model power --json - --artifact-dir " +
                              folder.path());
  const auto json = nlohmann::json::parse(listed.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << listed.output;
  std::size_t needed = 0, enough = 0;
  for (const auto& site : json["sites"]) {
    for (const auto& t : site["models"]["power"]["tried"]) {
      const bool caught = t["answer"] == "needed";
      const Ran ran = run_tool(runq + " " + t["flag"].get<std::string>());
      EXPECT_EQ(ran.exit_code, caught ? 1 : 0) << t.dump() << ran.output;
      caught ? ++needed : ++enough;
      if (!caught) continue;
      const Ran again = run_tool("replay " + t["schedule"].get<std::string>());
      EXPECT_EQ(again.exit_code, 1) << t.dump() << again.output;
    }
  }
  EXPECT_GE(needed, 2U) << listed.output;  // M10: the tail's store and load
  EXPECT_GE(enough, 1U) << listed.output;
  EXPECT_TRUE(json["joint"]["verified"].get<bool>());
  EXPECT_FALSE(json["joint"]["further"].empty());
  for (const auto& t : json["joint"]["further"]) EXPECT_EQ(t["answer"], "needed") << t.dump();
}

// The request that stops who runs is read where only a weak machine sees it late.
TEST(output, an_audit_finds_what_is_executed_under_weak_models_alone) {
  const Folder folder;
  const Ran listed = run_tool(
      "audit barriers stop_world/running --model rc11 --json - --artifact-dir " + folder.path());
  const auto json = nlohmann::json::parse(listed.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << listed.output;
  std::set<std::string> needed;
  bool lowered = false;  // casgstatus, declared acq_rel/acquire
  for (const auto& site : json["sites"]) {
    for (const auto& t : site["models"]["rc11"]["tried"]) {
      const std::string flag = t["flag"].get<std::string>();
      // such a failure is stronger than its success, and compilers raise both
      EXPECT_FALSE(flag.ends_with("relaxed/acquire") || flag.ends_with("release/acquire")) << flag;
      lowered |= flag.find("g_status.cpp") != std::string::npos && flag.ends_with("=release");
      if (t["answer"] == "needed") needed.insert(flag);
    }
  }
  const auto is_needed = [&](const std::string& file) {
    return std::any_of(needed.begin(), needed.end(), [&](const std::string& flag) {
      return flag.find(file) != std::string::npos;
    });
  };
  EXPECT_TRUE(is_needed("runtime/stop_world.hpp:")) << listed.output;
  EXPECT_TRUE(is_needed("runtime/schedule.cpp:")) << listed.output;
  EXPECT_TRUE(lowered) << listed.output;
}

// A wait that times out is in its futex's queue until it has taken itself out.
TEST(output, waits_end_by_themselves_on_graphs_too) {
  const Folder folder;
  for (const std::string model : {"rc11", "arm", "power"}) {
    for (const std::string strategy : {"random", "pct", "pos", "surw", "rff"}) {
      const Ran ran = run_tool(fmt::format(
          "check note/timeout note/spurious note/reuse lock/spurious sema/arrives --model {} "
          "--explore {} --runs 400 --artifact-dir {}", model, strategy, folder.path()));
      EXPECT_EQ(ran.exit_code, 0) << model << " " << strategy << ran.output;
    }
  }
}

// The graphs that all preemptions show are those that dpor builds.
TEST(output, bounded_counts_graphs_as_dpor_does) {
  const Folder folder;
  for (const std::string model : {"rc11", "arm", "power"}) {
    const auto figure = [&](const std::string& how, const char* key) {
      const Ran ran = run_tool("check counts/mp --json - --artifact-dir " + folder.path() +
                               " --model " + model + " --explore " + how);
      return result_of(ran).value(key, 0);
    };
    EXPECT_EQ(figure("bounded --preemptions 9", "graphs"), figure("dpor", "executions")) << model;
    for (const std::string bound : {" --preemptions 0", " --preemptions 1"}) {
      EXPECT_EQ(figure("bounded" + bound, "graphs"), figure("dpor" + bound, "executions"))
          << model << bound;
    }
  }
}

TEST(output, an_audit_that_is_stopped_claims_nothing) {
  const Folder folder;
  const Ran ran = run_tool("audit barriers 'runq/*' --time-budget 0.05 --artifact-dir " +
                           folder.path());
  EXPECT_EQ(ran.exit_code, 3) << ran.output;
  EXPECT_NE(ran.output.find("not tried"), std::string::npos) << ran.output;
  EXPECT_EQ(ran.output.find("rc11: VERIFIED"), std::string::npos) << ran.output;
}

TEST(output, an_order_that_cannot_be_changed_is_an_error) {
  const Folder folder;
  const auto check = [&](const std::string& order) {
    return run_tool("check runq/steal --model rc11 --artifact-dir " + folder.path() + " --order " +
                    order);
  };
  for (const std::string wrong :
       {"runtime/runq.cpp:1=relaxed", "runtime/runq.cpp=relaxed", "runtime/runq.cpp:1=weak",
        "runq", "=relaxed", "runtime/runq.cpp:0=relaxed", "runtime/runq.cpp:127=acq_rel",
        "runtime/runq.cpp:127=release/release"}) {
    const Ran ran = check(wrong);
    EXPECT_EQ(ran.exit_code, 2) << wrong << ran.output;
    EXPECT_NE(ran.output.find("--order"), std::string::npos) << ran.output;
  }
  // worker processes tell what they met
  const Ran shared = check("runtime/runq.cpp:1=relaxed -j 2");
  EXPECT_EQ(shared.exit_code, 2) << shared.output;
  EXPECT_NE(shared.output.find("no execution had an atomic operation there"), std::string::npos)
      << shared.output;
  EXPECT_EQ(check("runtime/runq.cpp:127=relaxed -j 2").output.find("no execution had"),
            std::string::npos);
}

TEST(output, what_a_strategy_cannot_answer_is_unsupported_by_name) {
  const Folder folder;
  const std::string flags = " --explore exhaustive --artifact-dir " + folder.path();
  const Ran one = run_tool("check runq/fifo --target power64" + flags);
  EXPECT_EQ(one.exit_code, 4) << "nothing ran\n" << one.output;
  EXPECT_NE(one.output.find("UNSUPPORTED: power64 (power)"), std::string::npos) << one.output;
  const Ran all = run_tool("check runq/fifo --target all" + flags);
  EXPECT_EQ(all.exit_code, 0) << all.output;
  EXPECT_NE(all.output.find("UNSUPPORTED: arm (arm)"), std::string::npos) << all.output;
}

TEST(output, no_complete_execution_is_no_pass) {
  const Folder folder;
  // the step limit and its fair tail cut nothing here; an endless budget of nothing does
  const Ran ran = run_tool("check runq/steal --model sc --runs 1 --explore exhaustive "
                           "--artifact-dir " + folder.path());
  EXPECT_EQ(ran.exit_code, 3) << "one execution of many is no verdict\n" << ran.output;
}

TEST(output, a_trace_is_the_same_in_every_process) {
  const Folder folder;
  const std::string flags =
      "check --defect runqget-no-cas --trace --seed 5 --artifact-dir " + folder.path();
  const auto body = [](const std::string& text) { return text.substr(text.find("   step")); };
  const Ran a = run_tool(flags), b = run_tool(flags);
  ASSERT_EQ(a.exit_code, 1) << a.output;
  ASSERT_NE(a.output.find("   step"), std::string::npos) << a.output;
  EXPECT_EQ(body(a.output).substr(0, body(a.output).find("NOT PASSED")),
            body(b.output).substr(0, body(b.output).find("NOT PASSED")));
}

// Two threads: note/wakeup, lock/mutex, sema/handoff; three: note/chain, lock/three, sema/arrives,
// of whose three one releases.
TEST(output, notes_locks_and_semaphores_are_verified_with_two_and_three_threads) {
  const Folder folder;
  for (const std::string model : {"sc", "tso"}) {
    const Ran ran = run_tool(
        "check note/wakeup note/chain lock/mutex lock/three sema/handoff sema/arrives --json - "
        "--artifact-dir " + folder.path() + " --model " + model);
    EXPECT_EQ(ran.exit_code, 0) << ran.output;
    const auto json = nlohmann::json::parse(ran.output, nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << ran.output;
    unsigned verified = 0;
    for (const auto& row : json["results"]) verified += row["verdict"] == "VERIFIED" ? 1 : 0;
    EXPECT_EQ(verified, 6U) << ran.output;
  }
}

TEST(output, an_interrupt_ends_in_a_summary_and_a_repeat_command) {
  const Folder folder;
  const Ran ran = run_tool(fmt::format(
      "check sema/handoff -p threads=4 --model sc --artifact-dir {} & sleep 1; kill -INT $!; "
      "wait $!; echo \"code $?\"",
      folder.path()));
  EXPECT_NE(ran.output.find("code 3"), std::string::npos) << ran.output;
  EXPECT_NE(ran.output.find("interrupted; again: tenterhook check sema/handoff"),
            std::string::npos)
      << ran.output;
  EXPECT_NE(ran.output.find("1 inconclusive"), std::string::npos) << ran.output;
}

TEST(output, a_time_budget_ends_in_inconclusive) {
  const Folder folder;
  const Ran ran =
      run_tool("check sema/handoff -p threads=4 --model sc --time-budget 1 --artifact-dir " +
               folder.path());
  EXPECT_EQ(ran.exit_code, 3) << ran.output;
}

TEST(output, keep_going_counts_each_distinct_bug_once) {
  const Folder folder;
  const Ran ran = run_tool(
      "check --defect runqget-no-cas --explore random --runs 3000 --keep-going --json - "
      "--artifact-dir " + folder.path());
  const nlohmann::json result = result_of(ran);
  ASSERT_TRUE(result.contains("failures")) << ran.output;
  std::uint64_t times = 0;
  for (const auto& failure : result["failures"]) times += failure["times"].get<std::uint64_t>();
  EXPECT_GT(times, result["failures"].size());
}

TEST(output, the_self_checks_pass_on_the_checker_under_every_model) {
  const Ran ran = run_tool("check runtime1/check --json -");
  EXPECT_EQ(ran.exit_code, 0) << ran.output;
  EXPECT_EQ(result_of(ran).value("verdict", ""), "VERIFIED") << ran.output;
}

// The known mappings of C++ orders to POWER and ARMv7 (Sewell's table), and the byte orders.
TEST(output, audit_lowering_prints_each_target) {
  const Ran power = run_tool("audit lowering --target power64");
  EXPECT_EQ(power.exit_code, 0) << power.output;
  for (const char* line : {"load 64: seq_cst\n      sync; ld; bne; isync",
                           "store 64: release\n      lwsync; std",
                           "fence: acquire release acq_rel\n      lwsync",
                           "byte 0 of a word, to load8 and or8, is its bits 24 to 31"}) {
    EXPECT_NE(power.output.find(line), std::string::npos) << line << "\n" << power.output;
  }
  EXPECT_EQ(power.output.find("dmb"), std::string::npos) << power.output;
  const Ran every = run_tool("audit lowering");
  for (const char* line : {"386: ", "amd64: ", "amd64p32: ", "arm: ", "power64: ", "power64le: ",
                           "store 32: seq_cst\n      dmb; str; dmb"}) {
    EXPECT_NE(every.output.find(line), std::string::npos) << line;
  }
}

TEST(output, audit_lowering_json_has_every_row_of_every_target) {
  const Ran ran = run_tool("audit lowering --json -");
  const auto json = nlohmann::json::parse(ran.output, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << ran.output;
  std::map<std::string, std::size_t> rows;
  for (const auto& row : json["lowering"]) {
    for (const char* key : {"target", "operation", "width", "order", "failure", "outcome",
                            "instructions", "events", "write_depends", "loops"}) {
      ASSERT_TRUE(row.contains(key)) << key;
    }
    EXPECT_EQ(row["instructions"].size(), row["events"].size());
    ++rows[row["target"].get<std::string>()];
  }
  EXPECT_EQ(rows.size(), 6U);
  // both widths: 4 loads, 3 stores, 4 others of 6 orders; one: load8 4, or8 6, fence 6; both: 2
  // compare-exchanges of 6 x 4 orders, each done and failed, the weak one on ll/sc in a second way
  const std::size_t locked = 2 * (4 + 3 + 24) + 16 + 2 * 2 * 24 * 2;
  for (const char* port : {"386", "amd64", "amd64p32"}) EXPECT_EQ(rows[port], locked) << port;
  for (const char* port : {"arm", "power64", "power64le"}) {
    EXPECT_EQ(rows[port], locked + 2 * 24) << port;
  }
}

}  // namespace
}  // namespace tenterhook::tests
