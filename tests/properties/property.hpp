// rapidcheck with a seed that is known before the run. TENTERHOOK_SEED sets it, or RC_PARAMS with
// all that rapidcheck takes; else it is 1, so that a test is the same test every time.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <utility>

#include "tests/sanitized.hpp"

namespace tenterhook::tests {

struct examined {
  bool holds = false;
  std::string text;  // rapidcheck's: the counterexample, how to reproduce it
};

// The parameters for a property, which are printed.
rc::detail::TestParams announce(const std::string& name, int cases);
examined examine(const rc::detail::Property& property, const std::string& name,
                 const rc::detail::TestParams& params);

// Does the property hold in `cases` cases?
template <class Testable>
examined holds(const std::string& name, int cases, Testable&& property) {
  return examine(rc::detail::toProperty(std::forward<Testable>(property)), name,
                 announce(name, cases));
}

}  // namespace tenterhook::tests
