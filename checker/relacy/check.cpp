// Promises, failures, assumptions, marks.
#include "platform/check.hpp"

#include "checker/relacy/session.hpp"
#include "platform/ghost.hpp"

namespace tenterhook::relacy::platform {

using engine::current;
using engine::failure_kind;

namespace detail {

std::uint32_t defect_on = 0;

void broken(const char* promise, std::source_location where) {
  current.fail(failure_kind::assertion, promise, where);
}

void not_of_interest() { current.abandon(); }

void ghost_written() { current.check_promises(); }

}  // namespace detail

void fatal(const char* message, std::source_location where) {
  current.fail(failure_kind::fatal, message, where);
}

void mark(const char* branch) {
  for (const char* known : current.marks) {
    if (known == branch) return;
  }
  current.marks.push_back(branch);
}

void always(bool (*holds)(void*), void* argument, const char* promise) {
  if (holds == nullptr) {
    current.promised = 0;
    return;
  }
  if (current.promised == std::size(current.promises)) {
    current.fail(failure_kind::misuse, "more than eight promises at a time", current.here);
  }
  current.promises[current.promised++] = {holds, argument, promise};
}

}  // namespace tenterhook::relacy::platform
