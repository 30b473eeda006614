#include "checker/replay/step_replay.hpp"

#include <fmt/format.h>

#include "checker/execution/execution.hpp"

namespace tenterhook::checker {
namespace {

std::string sentence(const ScheduleStep& step) {
  return fmt::format("{} {} {} {} at {}", step.thread, step.actor, step.op, step.object,
                     step.site);
}

}  // namespace

bool StepReplay::begin() {
  at_ = 0;
  choice_ = 0;
  chosen_in_ = 0;
  moved_ = 0;
  divergence_.reset();
  return true;
}

void StepReplay::diverge(const std::string& found) {
  if (divergence_) return;
  const bool over = at_ >= schedule_.steps.size();
  divergence_ = Divergence{
      at_ + 1, over ? "the failure" : sentence(schedule_.steps[at_]), found};
}

Actor StepReplay::pick(Execution& execution, std::span<const Actor> enabled) {
  std::string found;
  if (at_ >= schedule_.steps.size()) {
    diverge("more steps");
    return enabled[0];
  }
  const ScheduleStep& wanted = schedule_.steps[at_];
  for (const Actor actor : enabled) {
    const ScheduleStep here = step_of(execution.entry_of(actor));
    if (here.thread == wanted.thread && here.actor == wanted.actor && here.op == wanted.op &&
        here.object == wanted.object) {
      if (here.site != wanted.site) ++moved_;
      ++at_;
      return actor;
    }
    found += (found.empty() ? "" : " or ") + sentence(here);
  }
  diverge(found);
  return enabled[0];
}

// By the step's number: nobody asks pick() about the steps of a fair tail.
std::uint32_t StepReplay::choose(Execution& execution, std::uint32_t n, ChoiceKind) {
  const std::uint64_t step = execution.steps();
  if (step == 0 || step > schedule_.steps.size()) {
    diverge(fmt::format("a choice among {} values", n));
    return 0;
  }
  if (step != chosen_in_) choice_ = 0;
  chosen_in_ = step;
  const auto& choices = schedule_.steps[step - 1].choices;
  if (choice_ >= choices.size() || choices[choice_] >= n) {
    diverge(fmt::format("a choice among {} values", n));
    return 0;
  }
  return choices[choice_++];
}

}  // namespace tenterhook::checker
