// {fmt}, compiled once. Debian has no static libfmt, and its header-only form compiles all of the formatting anew in
// every file that prints a number: 2.7 s against 0.9 s, and 110 KB of object code against 20, for an average file of
// ours. So we include its implementation here and only its declarations elsewhere, in an inline namespace of our own
// (cmake/LamellaDependencies.cmake), which keeps it apart from any {fmt} that a program linking lamella brings along.
#ifndef FMT_HEADER_ONLY
#include <fmt/format-inl.h>

FMT_BEGIN_NAMESPACE
namespace detail {

template auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;
template auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;
template auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;
template auto decimal_point_impl(locale_ref) -> char;
template void buffer<char>::append(const char*, const char*);
template void vformat_to(buffer<char>&, string_view, basic_format_args<buffer_context<char>>, locale_ref);

}  // namespace detail
FMT_END_NAMESPACE
#endif
