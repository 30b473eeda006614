// What runs came to beside their marks, with Options::reach: kept as marks.
#include <algorithm>

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {
namespace {

// Addresses are not the same from run to run of a thread; that there is one is what counts.
std::string value_text(std::uint64_t bits) {
  return bits >> 32 != 0 ? "set" : std::to_string(bits);
}

}  // namespace

void Execution::tried(std::source_location site, bool done) {
  if (!reached_.insert({site.file_name(), (std::uint64_t{site.line()} << 32) | site.column(), done})
           .second) {
    return;
  }
  marks_.push_back(std::string("cas ") + site.file_name() + ":" + std::to_string(site.line()) +
                   (done ? " succeeded" : " failed"));
}

void Execution::changes(const Cell& cell, std::uint64_t bits) {
  if (cell.bits == bits) return;
  const std::string from = value_text(cell.bits), to = value_text(bits);
  if (from == to || !reached_.insert({cell.name, cell.bits, bits}).second) return;
  const std::string text = std::string("cell ") + cell.name + " " + from + " " + to;
  if (std::find(marks_.begin(), marks_.end(), text) == marks_.end()) marks_.push_back(text);
}

}  // namespace tenterhook::checker
