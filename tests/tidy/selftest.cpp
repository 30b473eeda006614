// Can the rules fail? Each bad snippet must trip its rule, every rule must be tripped by one, and
// the good snippets must trip none.
#include <algorithm>
#include <cstdio>
#include <set>

#include "tests/tidy/rules.hpp"

namespace {

using tenterhook::tidy::finding;
using tenterhook::tidy::read_source;
using tenterhook::tidy::tree;

struct snippet {
  std::string rule;  // that it must trip; "": none
  std::string path;
  std::string text;
};

std::string lines(std::size_t n, const std::string& line) {
  std::string text;
  for (std::size_t i = 0; i < n; ++i) text += line + "\n";
  return text;
}

const std::string head = "// What it is.\n#pragma once\n";

std::vector<snippet> texts() {
  return {
      {"columns", "runtime/a.cpp", "int a" + std::string(100, 'a') + ";\n"},
      {"", "runtime/a.cpp", "// " + lines(1, std::string(97, 'a'))},
      {"", "runtime/a.cpp", "// " + lines(97, "\xc3\xa4")},
      {"blanks", "runtime/a.cpp", "int a(); \n"},
      {"blanks", "runtime/a.cpp", "\tint a();\n"},
      {"blanks", "runtime/a.cpp", "int a();\r\n"},
      {"blanks", "runtime/a.cpp", "int a();"},
      {"blanks", "runtime/a.cpp", "int a();\n\n"},
      {"leftovers", "runtime/a.cpp", "// TODO: the rest\n"},
      {"leftovers", "README.md", "FIXME\n"},
      {"leftovers", "runtime/a.cpp", "int XXX();\n"},
      {"leftovers", "runtime/a.cpp", "<<<<<<< ours\n"},
      {"leftovers", "stress/a.cpp", "#if 0\n#endif\n"},
      {"", "HACKING.md", "mktemp aXXXXXX\n"},
      {"machine-path", "ci/a", "cd /home/somebody\n"},
      {"machine-path", "ci/a", "cat \"/tmp/log\"\n"},
      {"", "ci/a", "cat \"${build}/tmp/log\"\n"},
      {"header", "runtime/a.hpp", "#pragma once\n"},
      {"header", "runtime/a.hpp", "// What it is.\nint a();\n"},
      {"", "runtime/a.hpp", head + "int a();\n"},
      {"function-length", "stress/a.cpp", "int a(int b) {\n" + lines(69, "  b++;") + "}\n"},
      {"function-length", "stress/a.cpp",
       "namespace x {\nstruct s {\n  void a() const {\n" + lines(69, "f('{');") + "  }\n};\n}\n"},
      {"function-length", "stress/a.cpp", "auto a = [] {\n" + lines(69, "f();") + "};\n"},
      {"function-length", "stress/a.cpp",
       "template <class T>\nvoid a(T b)\n{\n" + lines(68, "f();") + "}\n"},
      {"", "stress/a.cpp", "int a(int b) {\n" + lines(68, "  b++;  // {") + "}\n"},
      {"", "stress/a.cpp", "struct a {\n" + lines(80, "  void f() { g(\"{\"); }") + "};\n"},
      {"", "stress/a.cpp", "const int a[] = {\n" + lines(80, "  1'000'000,") + "};\n"},
      {"file-length", "stress/a.cpp", lines(501, "// text")},
      {"", "stress/a.cpp", lines(500, "// text")},
  };
}

std::vector<snippet> includes() {
  return {
      {"layering", "arch/a.cpp", "#include \"runtime/runq.hpp\"\n"},
      {"layering", "runtime/a.cpp", "#include \"checker/program.hpp\"\n"},
      {"layering", "checker/a.cpp", "#  include \"properties/scenario.hpp\"\n"},
      {"layering", "properties/a.cpp", "#include \"checker/execution/op.hpp\"\n"},
      {"layering", "stress/a.cpp", "#include \"tests/tidy/source.hpp\"\n"},
      {"", "properties/a.cpp", "#include \"checker/program.hpp\"\n#include \"runtime/g.hpp\"\n"},
      {"", "tests/a.cpp", "#include \"checker/a.hpp\"\n#include \"tests/b.hpp\"\n"},
      {"", "arch/a.cpp", "// #include \"runtime/runq.hpp\"\n"},
      {"include-path", "runtime/a.cpp", "#include \"runq.hpp\"\n"},
      {"include-path", "tests/a.cpp", "#include \"../runtime/runq.hpp\"\n"},
      {"", "runtime/a.cpp", "#include \"platform/atomic.hpp\"\n#include <vector>\n"},
      {"banned", "runtime/a.cpp", "#include <atomic>\n"},
      {"banned", "properties/a.cpp", "#include <sys/mman.h>\n"},
      {"", "arch/a.cpp", "#include <atomic>\n"},
      {"unincluded", "runtime/forgotten.hpp", head},
  };
}

std::vector<snippet> calls() {
  return {
      {"banned", "runtime/a.cpp", "void a(std::atomic<int>& b);\n"},
      {"banned", "runtime/a.cpp", "void a() { std::atomic_thread_fence(o); }\n"},
      {"banned", "properties/a.cpp", "void a() { std::thread b; }\n"},
      {"banned", "properties/a.cpp", "void a() { std::lock_guard<std::mutex> b(m); }\n"},
      {"banned", "runtime/a.cpp", "void a() { pthread_self(); }\n"},
      {"banned", "runtime/a.cpp", "void a() { b = std::chrono::seconds(1); }\n"},
      {"banned", "runtime/a.cpp", "void a() { ::clock_gettime(0, &t); }\n"},
      {"banned", "runtime/a.cpp", "long a() { return syscall(1); }\n"},
      {"banned", "runtime/a.cpp", "void a() { asm(\"pause\"); }\n"},
      {"banned", "checker/a.cpp", "void a() { std::uniform_int_distribution<int> b; }\n"},
      {"banned", "checker/a.cpp", "int a() { return rand(); }\n"},
      {"banned", "checker/a.cpp", "int a() { return rand () % 2; }\n"},
      {"banned", "checker/a.cpp", "int a() { return std::time(nullptr); }\n"},
      {"banned", "checker/a.cpp", "void a() { std::random_device b; }\n"},
      {"banned", "checker/a.cpp", "void a(std::unordered_map<int, int> b);\n"},
      {"banned", "checker/a.cpp", "auto a() { return std::chrono::steady_clock::now(); }\n"},
      {"banned", "tests/a.cpp", "void a() { assert(b); }\n"},
      {"", "runtime/a.cpp", "// not std::atomic, nor rand()\nconst auto a = f(\"std::thread\");\n"},
      {"", "checker/a.cpp", "int a() { return b.time() + clock->time() + own::rand(); }\n"},
      {"", "checker/a.cpp", "std::uint64_t random(int n);\nstatic_assert(sizeof(int) == 4);\n"},
      {"conditional", "runtime/a.cpp", "#ifdef HOOKED\n#endif\n"},
      {"conditional", "properties/a.cpp", "#  if defined(HOOKED)\n#  endif\n"},
      {"", "arch/a.cpp", "#ifdef __i386__\n#endif\n"},
  };
}

std::vector<snippet> runtimes() {
  const std::string in = "namespace x {\nvoid a() {\n";
  const std::string out = "}\n}\n";
  return {
      {"mutable-static", "runtime/a.cpp", in + "  static int b = 0;\n" + out},
      {"mutable-static", "runtime/a.cpp", in + "  thread_local int b;\n" + out},
      {"mutable-static", "runtime/a.cpp", "namespace x {\nint b = f();\n}\n"},
      {"mutable-static", "runtime/a.cpp", "namespace x {\nvoid a() {}\nrun_queue b{1};\n}\n"},
      {"mutable-static", "runtime/a.cpp", "namespace {\ninline std::vector<g*> allgs;\n}\n"},
      {"", "runtime/a.cpp",
       "namespace x {\nusing y = int;\nconstexpr int b = f();\nconst s c{1};\nstruct z;\n"
       "enum class e : int { one };\nint f(int n = 1);\nstruct s { int n = 0; };\n}\n"},
      {"", "runtime/a.cpp", in + "  static constexpr int b = 0;\n  static_cast<int>(c);\n" + out},
      {"", "tests/a.cpp", in + "  static int b = 0;\n" + out},
      {"phrase", "runtime/a.cpp", in + "  b.load(std::memory_order_relaxed);\n" + out},
      {"phrase", "runtime/a.cpp", in + "  b->store(1, std::memory_order_release);  // why\n" + out},
      {"phrase", "runtime/a.cpp", in + "  // what all this is for\n\n  b.exchange(1, o);\n" + out},
      {"phrase", "runtime/a.cpp", in + "  c();  // what this is for\n  b.fetch_add(1, o);\n" + out},
      {"phrase", "runtime/a.cpp", in + "  platform::fence(std::memory_order_seq_cst);\n" + out},
      {"phrase", "runtime/a.cpp",
       in + "  if (b.compare_exchange(\n      c, d, o, o)) {\n" + out + "}"},
      {"", "runtime/a.cpp", in + "  b.load(o);  // pairs with the store\n" + out},
      {"", "runtime/a.cpp",
       in + "  // pairs with the store\n  const int c =\n      b.load(o);\n" + out},
      {"", "runtime/a.cpp", in + "  b.store(1,\n          o);  // to the reader's load\n" + out},
      {"", "runtime/a.cpp", in + "  load(b);\n  c.load_all();\n" + out},
      {"", "tests/a.cpp", in + "  b.load(o);\n" + out},
  };
}

std::vector<snippet> registers() {
  const std::string row = "// Defects.\nDEFECT(\"planted\", \"x\")\n";
  return {
      {"uncompiled", "runtime/forgotten.cpp", "int a();\n"},
      {"unregistered", "tests/x/CMakeLists.txt", "add_executable(t a.cpp)\n"},
      {"unregistered", "tests/x/CMakeLists.txt",
       "add_executable(t a.cpp)\nadd_test(NAME u COMMAND u)\n"},
      {"", "tests/x/CMakeLists.txt", "add_executable(t a.cpp)\ngtest_discover_tests(t)\n"},
      {"", "tests/x/CMakeLists.txt",
       "add_executable(t a.cpp)\nadd_test(NAME u\n  COMMAND $<TARGET_FILE:t> x)\n"},
      {"", "tests/x/CMakeLists.txt", "add_executable(tenterhook-t a.cpp)\n"},
      {"guide", "stress/HACKING.md", ""},
      {"defects", "properties/defects.def", row},
      {"defects", "runtime/a.cpp", "bool a = platform::defect(platform::defect_id(\"b\"));\n"},
      {"defects", "runtime/a.cpp",
       "const bool a = platform::defect(platform::defect_id(\n \"b\"));\n"},
      {"checked-by", "runtime/a.cpp", "// Checked by: runq/nothing.\n"},
      {"checked-by", "runtime/a.cpp", "// Checked by: runq/steal,\n// lock/nothing.\n"},
      {"checked-by", "runtime/a.cpp", "// Checked by: us all.\n"},
      {"", "runtime/a.cpp", "// Checked by: runq/*, tests/all.cpp. Not by: x/y.\n"},
  };
}

// The snippet in a tree that breaks no rule by itself. What is called forgotten, the tree forgets.
tree around(const snippet& s) {
  tree result;
  const auto add = [&](const std::string& path, const std::string& text) {
    if (path == s.path) return;
    result.sources.push_back(read_source(path, text));
  };
  for (const std::string folder :
       {"arch", "runtime", "checker", "properties", "stress", "tests", "ci"}) {
    add(folder + "/HACKING.md", "# " + folder + "\n");
  }
  add("properties/scenarios.cpp", "const char* const name = \"runq/steal\";\n");
  const bool header = s.path.ends_with(".hpp") && s.path.find("forgotten") == s.path.npos;
  add("tests/all.cpp", header ? "#include \"" + s.path + "\"\n" : "int all();\n");
  add("tests/defects.cpp", "#include \"properties/defects.def\"\n");
  if (!s.text.empty()) result.sources.push_back(read_source(s.path, s.text));
  for (const auto& source : result.sources) {
    if (source.path.find("forgotten") == source.path.npos) result.compiled.insert(source.path);
  }
  return result;
}

// Prints what is wrong, if anything is.
bool passes(const snippet& s) {
  const std::vector<finding> found = tenterhook::tidy::check(around(s), false);
  const bool caught =
      std::any_of(found.begin(), found.end(), [&](const finding& f) { return f.rule == s.rule; });
  if (s.rule.empty() ? found.empty() : caught) return true;
  const std::string what = s.rule.empty() ? "is good and trips" : "does not trip " + s.rule;
  std::printf("this snippet %s, as %s:\n%s", what.c_str(), s.path.c_str(), s.text.c_str());
  for (const finding& f : found) {
    std::printf("  %s:%zu: %s [%s]\n", f.path.c_str(), f.line, f.text.c_str(), f.rule.c_str());
  }
  return false;
}

}  // namespace

int main() {
  std::set<std::string> tripped;
  std::size_t count = 0;
  std::size_t failed = 0;
  for (const auto& rows : {texts(), includes(), calls(), runtimes(), registers()}) {
    for (const snippet& s : rows) {
      ++count;
      if (!passes(s)) ++failed;
      tripped.insert(s.rule);
    }
  }
  for (const auto& rule : tenterhook::tidy::rules()) {
    if (tripped.contains(std::string(rule.name))) continue;
    std::printf("no snippet trips the rule %s\n", std::string(rule.name).c_str());
    ++failed;
  }
  std::printf("tidy_selftest: %zu snippets, %zu rules, %zu failures\n", count,
              tenterhook::tidy::rules().size(), failed);
  return failed == 0 && count > 0 ? 0 : 1;
}
