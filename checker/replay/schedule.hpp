// The schedule file: one failing execution, readable and replayable.
//
// Layout, version 1: text lines, '\n'. A header of `key value` lines in the order of the fields of
// Schedule, then `steps N` and N lines
//     <number> <actor> <thread> <operation> <object or -> <file>:<line> [choose v…]
// and at last `checksum <16 hex digits>`: FNV-1a, 64 bits, of every byte before that line.
// A reader of version 1 refuses any other version. Changing what a line means bumps the version and
// is marked "breaks schedules" in CHANGELOG.md.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "checker/execution/options.hpp"
#include "checker/execution/trace.hpp"
#include "checker/program.hpp"

namespace tenterhook::checker {

struct ScheduleStep {
  std::string actor;    // text(ActorKind)
  std::string thread;
  std::string op;       // text(OpKind)
  std::string object;   // "-": none
  std::string site;     // file:line
  std::vector<std::uint32_t> choices;
  friend bool operator==(const ScheduleStep&, const ScheduleStep&) = default;
};

struct Schedule {
  static constexpr unsigned kVersion = 1;

  std::string build;       // of the tool that wrote it
  std::string scenario;
  parameters values;
  std::string target;      // "-": none was given
  std::string model;
  std::string strategy;    // that found it
  std::uint64_t seed = 0;
  std::uint64_t execution = 0;  // number of the failing execution, from 1
  budgets budget;
  std::uint64_t max_steps = 0;
  std::string defect;      // "-": none
  std::vector<OrderAt> orders;  // that differ from the source; the line is there if one does
  std::string failure;     // its signature
  std::uint64_t fingerprint = 0;
  std::vector<ScheduleStep> steps;
};

// What is wrong with a file; the message is one sentence that names the file and the line.
struct ScheduleError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

ScheduleStep step_of(const TraceEntry& entry);
std::string write_schedule(const Schedule& schedule);
// Throws ScheduleError: no schedule, a newer version, cut off, damaged.
Schedule read_schedule(const std::string& text, const std::string& file);

}  // namespace tenterhook::checker
