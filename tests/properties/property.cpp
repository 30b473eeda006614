#include "tests/properties/property.hpp"

#include <fmt/format.h>
#include <rapidcheck/detail/Configuration.h>
#include <rapidcheck/detail/TestListener.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <unordered_map>

namespace tenterhook::tests {
namespace {

// rapidcheck's own listener reads its configuration, which draws a random seed.
class Silent final : public rc::detail::TestListener {
 public:
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

}  // namespace

rc::detail::TestParams announce(const std::string& name, int cases) {
  rc::detail::Configuration configuration;
  configuration.testParams.seed = 1;
  configuration.testParams.maxSuccess = cases;
  if (const char* seed = std::getenv("TENTERHOOK_SEED")) {
    configuration.testParams.seed = std::strtoull(seed, nullptr, 0);
  }
  if (const char* text = std::getenv("RC_PARAMS")) {
    configuration = rc::detail::configFromString(text, configuration);
  }
  fmt::print("{}: TENTERHOOK_SEED={}, {} cases\n", name, configuration.testParams.seed,
             configuration.testParams.maxSuccess);
  std::fflush(stdout);
  return configuration.testParams;
}

examined examine(const rc::detail::Property& property, const std::string& name,
                 const rc::detail::TestParams& params) {
  Silent silent;
  rc::detail::TestMetadata metadata{name, name};
  const rc::detail::TestResult result = rc::detail::checkProperty(
      property, metadata, params, silent, std::unordered_map<std::string, rc::detail::Reproduce>{});
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  return {result.is<rc::detail::SuccessResult>(), text.str()};
}

}  // namespace tenterhook::tests
