// rapidcheck's generator of small programs; a program that fails shrinks.
#pragma once

#include <rapidcheck.h>

#include <string>

#include "tests/graphs/random_assembly.hpp"
#include "tests/graphs/random_program.hpp"

namespace tenterhook::graphs {

inline rc::Gen<program> programs(limits within = {}) {
  return [within](const rc::Random& random, int) {
    rc::Random copy = random;
    checker::Rng rng(copy.next());
    return rc::shrinkable::shrinkRecur(random_program(rng, within), [](const program& p) {
      return rc::seq::fromContainer(simpler(p));
    });
  };
}

inline rc::Gen<assembly_program> assembly_programs(const std::string& model, limits within = {}) {
  return [model, within](const rc::Random& random, int) {
    rc::Random copy = random;
    checker::Rng rng(copy.next());
    return rc::shrinkable::shrinkRecur(
        random_assembly(rng, model, within),
        [](const assembly_program& p) { return rc::seq::fromContainer(simpler(p)); });
  };
}

}  // namespace tenterhook::graphs
