#include "properties/scenario.hpp"

#include <algorithm>
#include <string>

namespace tenterhook::TENTERHOOK_PLATFORM::properties {

std::int64_t run::operator[](std::string_view parameter) const {
  // few, and looked up in loops: no string is made of the name
  const auto found = std::find_if(values_.begin(), values_.end(),
                                  [&](const auto& value) { return value.first == parameter; });
  platform::check(found != values_.end(), "the scenario declares the parameter it reads");
  return found->second;
}

void run::go(const char* name, std::function<void()> body) {
  go_identical(1, name, std::move(body));
}

// The same function and argument, and nothing in between: that is what the checker goes by.
void run::go_identical(std::int64_t n, const char* name, std::function<void()> body) {
  bodies_.push_back(std::move(body));
  for (std::int64_t i = 0; i < n; i++) {
    threads_.push_back(platform::start_thread(
        name, [](void* argument) { (*static_cast<std::function<void()>*>(argument))(); },
        &bodies_.back()));
  }
}

void run::join() {
  while (!threads_.empty()) {
    platform::join_thread(threads_.front());
    threads_.pop_front();
  }
  platform::always(nullptr, nullptr, nullptr);  // the promise ends with the threads
}

void run::always(const char* promise, std::function<bool()> holds) {
  invariants_.push_back(std::move(holds));
  platform::always(
      [](void* argument) { return (*static_cast<std::function<bool()>*>(argument))(); },
      &invariants_.back(), promise);
}

std::function<void(const checker::parameters&)> body(void (*scenario)(run&)) {
  return [scenario](const checker::parameters& values) {
    run t(values);
    scenario(t);
  };
}

}  // namespace tenterhook::TENTERHOOK_PLATFORM::properties
