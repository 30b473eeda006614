// The rules of style, each a function from the tree to its findings. rules.def lists them.
//
// To add a rule: a line in rules.def, its function in a file of this folder, a bad snippet in
// selftest.cpp (a rule that no snippet trips fails the self-test).
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/tidy/source.hpp"

namespace tenterhook::tidy {

// Everything that is looked at. Sources are sorted by path.
struct tree {
  std::vector<source> sources;
  // The .cpp files that the build compiles, from its compile_commands.json; folders that this
  // build leaves out by an option.
  std::set<std::string, std::less<>> compiled;
  std::vector<std::string> left_out;

  const source* find(std::string_view path) const;
};

struct finding {
  std::string path;
  std::size_t line = 0;  // from 1; 0: the whole file
  std::string rule;
  std::string text;
};

// Collects what one rule finds.
class findings {
 public:
  explicit findings(std::string rule) : rule_(std::move(rule)) {}
  void add(const source& where, std::size_t index, std::string text);  // index: of the line, from 0
  void add(const std::string& path, std::string text);
  std::vector<finding> all;

 private:
  std::string rule_;
};

struct rule {
  std::string_view name;
  void (*find)(const tree&, findings&);
  std::string_view about;
};

const std::vector<rule>& rules();

// What every rule finds, less what exceptions.def excuses; an exception that excuses nothing is
// itself a finding, if `stale` asks for it.
std::vector<finding> check(const tree& tree, bool stale);

#define RULE(name, function, about) void function(const tree&, findings&);
#include "tests/tidy/rules.def"
#undef RULE

}  // namespace tenterhook::tidy
