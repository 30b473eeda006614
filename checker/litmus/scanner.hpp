// Words, numbers and symbols of a litmus file, with the line for errors.
//
// Thread safety: none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tenterhook::checker::litmus {

class Scanner {
 public:
  Scanner(std::string file, std::string contents)
      : file_(std::move(file)), text_(std::move(contents)) {}

  [[noreturn]] void fail(const std::string& what) const { fail(what, at_); }
  [[noreturn]] void fail(const std::string& what, std::size_t at) const;  // throws FileError
  std::size_t position() const { return at_; }
  void seek(std::size_t at) { at_ = at; }

  // Blanks comments "(* … *)" from here to `end`, nested ones too, and keeps the lines. Throws
  // FileError for one that does not end.
  void blank_comments(std::size_t end);
  // Blanks comments of C from here to `end`.
  void blank_c_comments(std::size_t end);

  std::string line();             // the rest of the line; goes to the next
  bool at_end();                  // nothing but space is left
  char next();                    // the next character that is no space; 0 at the end
  bool accept(std::string_view symbol);   // a word only as a whole
  void expect(std::string_view symbol);   // throws FileError
  // A word of letters, digits and "_.%@", which does not begin with a digit; "": there is none.
  std::string word();
  std::optional<std::int64_t> number();   // decimal or 0x…, with a sign
  // The text up to the character, which is passed; it must be there.
  std::string until(char end);
  // What is within something else, as parentheses are. Throws FileError where that is so deep as no
  // test is.
  class Within {
   public:
    explicit Within(Scanner& in) : in_(in) {
      constexpr unsigned kMost = 200;
      if (++in_.depth_ > kMost) in_.fail("too many levels within each other");
    }
    ~Within() { --in_.depth_; }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    Scanner& in_;
  };
  std::size_t size() const { return text_.size(); }

 private:
  std::string file_, text_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

// Without space at both ends.
std::string trimmed(const std::string& text);
// The whole text as a number; nothing: it is none.
std::optional<std::int64_t> number_in(const std::string& text);

}  // namespace tenterhook::checker::litmus
