// Random programs for the scenarios history/*, and their exploration.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "checker/cli/row.hpp"
#include "checker/program.hpp"
#include "properties/small_program.hpp"

namespace tenterhook::tests {

// A scenario of history/* and what its programs are made of.
struct protocol {
  struct choice {
    const char* name;
    std::vector<std::int64_t> values;  // the simplest first
  };
  const char* scenario;
  int first_ops;                // operations 1 to this, of the first thread
  int other_ops;                // and of the others
  std::vector<choice> choices;  // parameters, at most four
};

extern const protocol runq, globrunq, lfstack, sema;

struct history_program {
  std::string scenario;
  properties::small_program threads;
  checker::parameters values;  // with `program`

  std::size_t ops() const;
};

// As the tool's arguments.
std::ostream& operator<<(std::ostream& out, const history_program& program);

// Up to three threads of up to four operations.
rc::Gen<history_program> programs(const protocol& of);

// One way to explore: `runs` executions at most.
struct way {
  const char* strategy;
  const char* model;
  std::uint64_t runs;
};

struct broken {
  checker::cli::Row row;  // as if the tool had found it; without its result
  checker::Found found;
};

// What a run of the tests has seen, for its last line.
struct effort {
  std::uint64_t programs = 0;
  std::uint64_t executions = 0;
  std::uint64_t verified = 0;  // of the explorations, complete and without a failure
};

// The first failure that one of the ways finds. The defect may be "": none.
std::optional<broken> explore(const history_program& program, const std::vector<way>& ways,
                              const std::string& defect, effort& spent);

}  // namespace tenterhook::tests
