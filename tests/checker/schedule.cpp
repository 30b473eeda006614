// The schedule file: what was written is read, and everything else is refused in one sentence.
#include "checker/replay/schedule.hpp"

#include <gtest/gtest.h>

namespace tenterhook::hooked::tests {
namespace {

using checker::read_schedule;
using checker::Schedule;
using checker::ScheduleError;
using checker::write_schedule;

Schedule sample() {
  Schedule s;
  s.build = "0123456789abcdef";
  s.scenario = "runq/steal";
  s.values = {{"get", 2}, {"put", -3}};
  s.target = "amd64";
  s.model = "tso";
  s.strategy = "random";
  s.seed = 18446744073709551615ULL;
  s.execution = 4711;
  s.budget = {1, 2, 3, 4};
  s.max_steps = 20'000;
  s.defect = "runqput-tail-relaxed";
  s.failure = "assertion: no goroutine runs twice at properties/runq.cpp:12 (steal)";
  s.fingerprint = 0xfedcba9876543210ULL;
  s.steps = {{"run", "owner#1", "store", "p0.runqtail", "runtime/runq.cpp:57", {}},
             {"flush", "owner#1", "load", "p0.runqtail", "runtime/runq.cpp:58", {}},
             {"run", "thief#2", "cas-weak", "p0.runqhead", "runtime/runq.cpp:99", {1, 0}},
             {"run", "thief#2", "fence", "-", "runtime/runq.cpp:100", {}}};
  return s;
}

void equal(const Schedule& a, const Schedule& b) {
  EXPECT_EQ(write_schedule(a), write_schedule(b));
  EXPECT_EQ(a.steps, b.steps);
  EXPECT_EQ(a.values, b.values);
}

std::string error_of(const std::string& text) {
  try {
    read_schedule(text, "some.schedule");
  } catch (const ScheduleError& e) {
    return e.what();
  }
  return "";
}

// One sentence that names the file.
void refused(const std::string& text, const std::string& because) {
  const std::string error = error_of(text);
  EXPECT_EQ(error.find("some.schedule: "), 0U) << error;
  EXPECT_NE(error.find(because), std::string::npos) << error;
  EXPECT_EQ(error.find('\n'), std::string::npos) << error;
}

// FNV-1a, 64 bits, as the format's description has it: an independent second opinion.
std::string checksum(const std::string& bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : bytes) {
    hash ^= static_cast<std::uint8_t>(c);
    hash *= 0x100000001b3ULL;
  }
  char line[40];
  std::snprintf(line, sizeof line, "checksum %016llx\n", static_cast<unsigned long long>(hash));
  return line;
}

// The file with a part replaced, and a checksum that fits.
std::string forged(const std::string& part, const std::string& by) {
  std::string text = write_schedule(sample());
  text.resize(text.rfind("checksum "));
  const std::size_t at = text.find(part);
  if (at == std::string::npos) throw std::out_of_range(part);
  text.replace(at, part.size(), by);
  return text + checksum(text);
}

TEST(schedule, what_is_written_is_read) {
  equal(read_schedule(write_schedule(sample()), "f"), sample());
  Schedule bare;
  bare.build = bare.scenario = bare.target = bare.model = bare.strategy = bare.defect = "-";
  bare.failure = "leak";
  equal(read_schedule(write_schedule(bare), "f"), bare);
}

TEST(schedule, the_checksum_is_the_documented_one) {
  const std::string text = write_schedule(sample());
  const std::size_t sum = text.rfind("checksum ");
  EXPECT_EQ(text.substr(sum), checksum(text.substr(0, sum)));
  EXPECT_EQ(error_of(forged("seed", "seed")), "");
}

TEST(schedule, a_failure_of_several_lines_stays_one) {
  Schedule s = sample();
  s.failure = "throw: one\ntwo\r\nthree";
  EXPECT_EQ(read_schedule(write_schedule(s), "f").failure, "throw: one two  three");
}

TEST(schedule, a_foreign_file_is_refused) {
  refused("", "no schedule file");
  refused("tenterhook", "no schedule file");
  refused("#!/bin/sh\necho hello\n", "no schedule file");
  refused(std::string("\x7f" "ELF\0\0\0", 7), "no schedule file");
  refused(" " + write_schedule(sample()), "no schedule file");
}

TEST(schedule, another_version_is_refused_by_number) {
  refused(forged("schedule 1", "schedule 2"),
          "its format is version 2, this build reads version 1");
  refused(forged("schedule 1", "schedule 01"), "version 01");
  refused(forged("schedule 1", "schedule "), "version");
}

TEST(schedule, a_file_that_is_cut_off_anywhere_is_refused) {
  const std::string text = write_schedule(sample());
  for (std::size_t n = 0; n < text.size(); ++n) {
    refused(text.substr(0, n), "");
  }
}

TEST(schedule, a_flipped_bit_anywhere_is_refused) {
  const std::string text = write_schedule(sample());
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = text;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      ASSERT_NE(error_of(flipped), "") << "byte " << i << " bit " << bit;
    }
  }
}

TEST(schedule, what_follows_the_checksum_is_refused) {
  refused(write_schedule(sample()) + "\n", "damaged");
  refused(write_schedule(sample()) + "5 run a#1 load x f:1\n", "damaged");
  refused(write_schedule(sample()) + write_schedule(sample()), "damaged");
}

TEST(schedule, a_line_that_makes_no_sense_is_named) {
  refused(forged("seed 18446744073709551615", "seed 18446744073709551616"), "line 8");
  refused(forged("seed 1844", "seed x1844"), "line 8: 'x18446744073709551615' is no number");
  refused(forged("model tso", "modul tso"), "line 6: 'model' expected");
  refused(forged("get=2", "get"), "line 4: name=value expected");
  refused(forged("get=2", "get=two"), "line 4: 'two' is no number");
  refused(forged("steps 4", "steps 5"), "line 20");
  refused(forged("3 run thief#2", "4 run thief#2"), "line 18: step 3 expected");
  refused(forged("choose 1 0", "chose 1 0"), "line 18: 'choose' expected");
  refused(forged("choose 1 0", "choose 1 no"), "line 18: 'no' is no number");
}

TEST(schedule, steps_that_the_header_does_not_count_are_refused) {
  refused(forged("steps 4", "steps 3"), "line 19: the file has more steps than its 3");
}

TEST(schedule, lines_of_no_length_and_of_great_length_do_no_harm) {
  refused(forged("seed 18446744073709551615", ""), "line 8");
  refused(forged("seed 18446744073709551615", "seed " + std::string(1'000'000, '9')), "line 8");
  refused(forged("steps 4", "steps 18446744073709551615"), "");
}

}  // namespace
}  // namespace tenterhook::hooked::tests
