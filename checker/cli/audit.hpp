// What the audits share: which operations of runtime/ the matching scenarios execute, and a row for
// one of them.
#pragma once

#include <string>
#include <vector>

#include "checker/cli/row.hpp"

namespace tenterhook::checker::cli {

// The scenarios that match, without those that are there for their counts: they promise nothing.
std::vector<const program*> audited(const Settings& settings, const Suite& suite);

Row audit_row(const Settings& settings, const program& what, const std::string& model);
// The row's task, which stops after Settings::seconds_each.
Task audit_task(const Settings& settings, const Row& row);

// An operation at one place in the source, with the programs that execute it.
struct AuditedSite {
  std::string file, function;
  unsigned line = 0, column = 0;
  OpKind op = OpKind::none;
  std::memory_order order = std::memory_order_relaxed, fail_order = std::memory_order_relaxed;
  std::vector<const program*> programs;
};

// By place: what is executed under any of these models, as the source is. Some places are reached
// in weak executions alone.
std::vector<AuditedSite> audited_sites(const Settings& settings,
                                       const std::vector<const program*>& programs,
                                       const std::vector<std::string>& models);

}  // namespace tenterhook::checker::cli
