// Patterns, names and values that users type.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "checker/cli/settings.hpp"
#include "checker/execution/hash.hpp"

namespace tenterhook::checker::cli {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t corner = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, corner + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      corner = above;
    }
  }
  return row[b.size()];
}

std::pair<std::string, std::string> split_value(const std::string& given) {
  const std::size_t equals = given.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw UsageError(fmt::format("-p {}: write -p name=value", given));
  }
  return {given.substr(0, equals), given.substr(equals + 1)};
}

std::vector<std::string> program_names(const Suite& suite) {
  std::vector<std::string> names;
  for (const program& p : suite.programs) names.push_back(p.name);
  return names;
}

}  // namespace

// Iterative glob with '*' and '?'.
bool matches(std::string_view glob, std::string_view name) {
  std::size_t g = 0, n = 0, star = std::string_view::npos, retry = 0;
  while (n < name.size()) {
    if (g < glob.size() && (glob[g] == '?' || glob[g] == name[n])) {
      ++g, ++n;
    } else if (g < glob.size() && glob[g] == '*') {
      star = g++;
      retry = n;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      n = ++retry;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

std::vector<std::string> nearest(const std::string& wrong, const std::vector<std::string>& names) {
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const std::string& name : names) {
    const std::size_t d = distance(wrong, name);
    const bool part = wrong.size() >= 3 && name.find(wrong) != std::string::npos;
    if (part || d <= std::max<std::size_t>(2, wrong.size() / 3)) ranked.emplace_back(d, name);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> best;
  for (const auto& [d, name] : ranked) {
    if (best.size() < 3) best.push_back(name);
  }
  return best;
}

std::string hint(const std::string& wrong, const std::vector<std::string>& names) {
  const std::vector<std::string> best = nearest(wrong, names);
  if (best.empty()) return "";
  return fmt::format("; did you mean {}?", fmt::join(best, " or "));
}

std::uint32_t defect_hash(const std::string& name) {
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash;
}

void check_jobs(const Settings& s) {
  constexpr unsigned kMostJobs = 256;
  if (s.jobs && (*s.jobs < 1 || *s.jobs > kMostJobs)) {
    throw UsageError(fmt::format("-j: {} is no number from 1 to {}", *s.jobs, kMostJobs));
  }
}

std::uint64_t seed_number(const std::string& text) {
  const bool commit = text.size() == 40 &&
                      text.find_first_not_of("0123456789abcdef") == std::string::npos;
  const std::string_view digits = commit ? std::string_view(text).substr(0, 16) : text;
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, commit ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw UsageError(fmt::format(
        "--seed: '{}' is neither a number below 2^64 nor a commit of 40 hex digits", text));
  }
  return value;
}

std::vector<const program*> select(const Suite& suite, const std::vector<std::string>& patterns) {
  std::vector<bool> wanted(suite.programs.size(), patterns.empty());
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (std::size_t i = 0; i < suite.programs.size(); ++i) {
      if (!matches(pattern, suite.programs[i].name)) continue;
      wanted[i] = any = true;
    }
    if (!any) {
      throw UsageError(fmt::format("no scenario matches '{}'{} (tenterhook list prints them)",
                                   pattern, hint(pattern, program_names(suite))));
    }
  }
  std::vector<const program*> found;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i]) found.push_back(&suite.programs[i]);
  }
  return found;
}

const DefectRow& find_defect(const Suite& suite, const std::string& name) {
  std::vector<std::string> names;
  for (const DefectRow& row : suite.defects) {
    if (row.name == name) return row;
    names.push_back(row.name);
  }
  throw UsageError(fmt::format("--defect: there is no defect '{}'{}", name, hint(name, names)));
}

const program& find_program(const Suite& suite, const std::string& name) {
  for (const program& p : suite.programs) {
    if (p.name == name) return p;
  }
  throw UsageError(fmt::format("there is no scenario '{}'{}", name,
                               hint(name, program_names(suite))));
}

parameters values_of(const program& what, const std::vector<std::string>& given) {
  parameters values;
  for (const parameter& p : what.parameters) values[p.name] = p.value;
  for (const std::string& pair : given) {
    const auto [name, digits] = split_value(pair);
    for (const parameter& p : what.parameters) {
      if (p.name != name) continue;
      std::int64_t value = 0;
      const auto [end, error] =
          std::from_chars(digits.data(), digits.data() + digits.size(), value);
      if (error != std::errc() || end != digits.data() + digits.size()) {
        throw UsageError(fmt::format("-p {}: '{}' is no number", name, digits));
      }
      if (value < p.least || value > p.most) {
        throw UsageError(fmt::format("-p {}: {} of {} lies in [{}, {}]", pair, name, what.name,
                                     p.least, p.most));
      }
      values[name] = value;
    }
  }
  return values;
}

void check_parameters(const std::vector<const program*>& programs,
                      const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const program* p : programs) {
    for (const parameter& q : p->parameters) names.push_back(q.name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& pair : given) {
    const std::string name = split_value(pair).first;
    if (std::binary_search(names.begin(), names.end(), name)) continue;
    const std::string which = programs.size() == 1 ? programs[0]->name : "no scenario chosen";
    throw UsageError(fmt::format("-p {}: {} has {} parameter '{}'{}", pair, which,
                                 programs.size() == 1 ? "no" : "the", name, hint(name, names)));
  }
}

}  // namespace tenterhook::checker::cli
