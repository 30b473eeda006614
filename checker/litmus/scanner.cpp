#include "checker/litmus/scanner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "checker/litmus/test.hpp"

namespace tenterhook::checker::litmus {
namespace {

bool is_space(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '%' ||
         c == '@';
}

}  // namespace

void Scanner::fail(const std::string& what, std::size_t at) const {
  const auto end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(at, text_.size()));
  throw FileError(fmt::format("{}:{}: {}", file_, 1 + std::count(text_.begin(), end, '\n'), what));
}

void Scanner::blank_comments(std::size_t end) {
  std::size_t depth = 0, begin = 0;
  for (std::size_t i = at_; i < end; ++i) {
    if (text_.compare(i, 2, "(*") == 0) {
      if (depth++ == 0) begin = i;
    } else if (depth > 0 && text_.compare(i, 2, "*)") == 0) {
      text_[i] = text_[i + 1] = ' ';
      --depth;
    }
    if (depth > 0 && text_[i] != '\n') text_[i] = ' ';
  }
  if (depth > 0) fail("the comment does not end", begin);
}

void Scanner::blank_c_comments(std::size_t end) {
  for (std::size_t i = at_; i < end; ++i) {
    const bool to_line_end = text_.compare(i, 2, "//") == 0;
    if (!to_line_end && text_.compare(i, 2, "/*") != 0) continue;
    std::size_t last = text_.find(to_line_end ? "\n" : "*/", i);
    if (last == std::string::npos && !to_line_end) fail("the comment does not end", i);
    last = std::min(to_line_end ? last : last + 2, end);
    for (; i < last; ++i) {
      if (text_[i] != '\n') text_[i] = ' ';
    }
  }
}

std::string Scanner::line() {
  const std::size_t end = std::min(text_.find('\n', at_), text_.size());
  std::string found = text_.substr(at_, end - at_);
  at_ = std::min(end + 1, text_.size());
  return found;
}

char Scanner::next() {
  while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  return at_ < text_.size() ? text_[at_] : '\0';
}

bool Scanner::at_end() { return next() == '\0'; }

bool Scanner::accept(std::string_view symbol) {
  next();
  if (text_.compare(at_, symbol.size(), symbol) != 0) return false;
  const std::size_t end = at_ + symbol.size();
  if (is_word(symbol.back()) && end < text_.size() && is_word(text_[end])) return false;
  at_ = end;
  return true;
}

void Scanner::expect(std::string_view symbol) {
  if (accept(symbol)) return;
  const std::size_t at = at_;
  const std::string found = trimmed(line());
  fail(fmt::format("'{}' is expected, not '{}'", symbol, found), at);
}

std::string Scanner::word() {
  if (is_digit(next())) return "";
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return text_.substr(begin, at_ - begin);
}

std::optional<std::int64_t> Scanner::number() {
  next();
  std::size_t end = at_;
  if (end < text_.size() && text_[end] == '-') ++end;
  while (end < text_.size() && is_word(text_[end])) ++end;
  const auto value = number_in(text_.substr(at_, end - at_));
  if (value) at_ = end;
  return value;
}

std::string Scanner::until(char end) {
  const std::size_t found = text_.find(end, at_);
  if (found == std::string::npos) fail(fmt::format("'{}' is missing", end));
  std::string passed = text_.substr(at_, found - at_);
  at_ = found + 1;
  return passed;
}

std::string trimmed(const std::string& text) {
  const auto begin = std::find_if_not(text.begin(), text.end(), is_space);
  const auto end = std::find_if_not(text.rbegin(), text.rend(), is_space).base();
  return begin < end ? std::string(begin, end) : std::string();
}

std::optional<std::int64_t> number_in(const std::string& text) {
  const bool negative = text.starts_with("-");
  std::string digits = text.substr(negative ? 1 : 0);
  const bool hex = digits.starts_with("0x");
  if (hex) digits = digits.substr(2);
  const char* const known = hex ? "0123456789abcdefABCDEF" : "0123456789";
  constexpr std::size_t kMost = 15;  // digits: no number here is near an overflow
  if (digits.empty() || digits.size() > kMost ||
      digits.find_first_not_of(known) != std::string::npos) {
    return std::nullopt;
  }
  const std::int64_t value = std::stoll(digits, nullptr, hex ? 16 : 10);
  return negative ? -value : value;
}

}  // namespace tenterhook::checker::litmus
