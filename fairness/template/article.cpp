#include "fairness/template/article.h"

#include <algorithm>
#include <array>

#include "nlp/text/bert_characters.h"
#include "nlp/text/utf8.h"

namespace limbeck::fairness {
namespace {

/// Words, or beginnings of words, that the rule for spelling gets wrong.
struct Sound {
  std::string_view letters;
  bool is_whole;  ///< the word has no further letters
  bool is_vowel;
};
constexpr bool kWhole = true, kBeginning = false, kVowel = true, kConsonant = false;

/// The longest that fits decides.
constexpr std::array kSounds = {
    // h that is silent
    Sound{"heir", kBeginning, kVowel}, Sound{"honest", kBeginning, kVowel},
    Sound{"honor", kBeginning, kVowel}, Sound{"honour", kBeginning, kVowel},
    Sound{"hour", kBeginning, kVowel}, Sound{"houri", kBeginning, kConsonant},
    Sound{"hors", kWhole, kVowel},
    // e and o that begin with the sound of y or w
    Sound{"eu", kBeginning, kConsonant}, Sound{"euler", kBeginning, kVowel},
    Sound{"ewe", kWhole, kConsonant}, Sound{"ewes", kWhole, kConsonant},
    Sound{"ewer", kWhole, kConsonant}, Sound{"one", kWhole, kConsonant},
    Sound{"ones", kWhole, kConsonant}, Sound{"once", kWhole, kConsonant},
    Sound{"oneness", kWhole, kConsonant}, Sound{"oneself", kWhole, kConsonant},
    Sound{"onesie", kBeginning, kConsonant}, Sound{"onetime", kWhole, kConsonant},
    Sound{"ouija", kWhole, kConsonant},
    // un- before a vowel is a prefix, but not in words of Latin unus
    Sound{"unanim", kBeginning, kConsonant}, Sound{"unesco", kWhole, kConsonant},
    Sound{"uni", kBeginning, kConsonant}, Sound{"uniden", kBeginning, kVowel},
    Sound{"unidea", kBeginning, kVowel}, Sound{"unideo", kBeginning, kVowel},
    Sound{"unidio", kBeginning, kVowel}, Sound{"unign", kBeginning, kVowel},
    Sound{"unill", kBeginning, kVowel}, Sound{"unim", kBeginning, kVowel},
    Sound{"unimod", kBeginning, kConsonant}, Sound{"unimol", kBeginning, kConsonant},
    Sound{"unin", kBeginning, kVowel}, Sound{"uninucl", kBeginning, kConsonant},
    Sound{"uniro", kBeginning, kVowel}, Sound{"unirr", kBeginning, kVowel},
    Sound{"uniss", kBeginning, kVowel}, Sound{"unitem", kBeginning, kVowel},
    // long u before other consonants
    Sound{"ubiq", kBeginning, kConsonant}, Sound{"ufo", kBeginning, kConsonant},
    Sound{"uighur", kBeginning, kConsonant}, Sound{"ulysses", kWhole, kConsonant},
    Sound{"uve", kBeginning, kConsonant}, Sound{"uvul", kBeginning, kConsonant},
    Sound{"uyghur", kBeginning, kConsonant}, Sound{"uygur", kBeginning, kConsonant},
    Sound{"uefa", kWhole, kConsonant},
    // read as letters
    Sound{"lgbtqia", kWhole, kVowel}, Sound{"mphil", kWhole, kVowel}, Sound{"msc", kWhole, kVowel},
    Sound{"nth", kWhole, kVowel}};

/// Capitals that are read as a word, beside those of is_readable().
constexpr std::array<std::string_view, 11> kReadAsWords = {
    "FLAC", "HUD", "LAN", "MAC", "RAM", "ROM", "SCUBA", "SIM", "SPAC", "STEM", "SWAT"};

constexpr size_t kMostSpelledOut = 5;  ///< capitals; longer ones are read as a word

bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_one_of(char c, std::string_view letters) {
  return letters.find(c) != std::string_view::npos;
}

/// The letter that one without decomposition sounds like; '#' for one that is not Latin.
char letter_of(char32_t c) {
  if (c == U'\u00C6' || c == U'\u00E6') return 'a';
  const bool is_o = c == U'\u00D8' || c == U'\u00F8' || c == U'\u0152' || c == U'\u0153';
  return is_o ? 'o' : '#';
}

/// The first word without accents: its letters and digits, without what stands before and behind
/// them.
std::string first_word(std::string_view text) {
  std::string word;
  std::u32string parts;
  for (size_t at = 0; at < text.size();) {
    const nlp::DecodedCharacter c = nlp::decode_utf8(text, at);
    at += static_cast<size_t>(c.bytes);
    if (nlp::is_bert_nonspacing_mark(c.code_point)) continue;
    if (!nlp::is_word_character(c.code_point)) {
      if (!word.empty()) break;
      continue;
    }
    parts.clear();
    nlp::append_decomposition(c.code_point, parts);
    const char32_t base = parts.empty() ? c.code_point : parts.front();
    word += base < 0x80 ? static_cast<char>(base) : letter_of(base);
  }
  return word;
}

/// The article of a number as it is spoken: eight, eleven and eighteen begin with a vowel.
bool number_has_vowel(std::string_view digits) {
  if (digits[0] == '8') return true;
  if (!digits.starts_with("11") && !digits.starts_with("18")) return false;
  return digits.size() % 3 == 2 || digits.size() == 4;  // 11,000; 1100 is eleven hundred
}

/// Capitals that are said as a word, such as "NASA": four or more with a vowel in second place.
bool is_readable(std::string_view capitals) {
  if (capitals.size() > kMostSpelledOut) return true;
  if (std::ranges::find(kReadAsWords, capitals) != kReadAsWords.end()) return true;
  return capitals.size() >= 4 && is_one_of(capitals[1], "AEIOU") && capitals != "NAACP";
}

/// Single letters, and capitals that are read letter by letter: alone, with the small s of the
/// plural ("MPs"), or after one small letter ("fMRI").
bool is_spelled_out(std::string_view word) {
  if (word.size() == 1) return true;
  std::string_view capitals = word;
  if (is_small(word.front())) capitals.remove_prefix(1);
  if (capitals.size() > 2 && capitals.back() == 's') capitals.remove_suffix(1);
  return capitals.size() >= 2 &&
         std::ranges::all_of(capitals, [](char c) { return is_capital(c) || is_digit(c); }) &&
         !is_readable(capitals);
}

bool letter_name_has_vowel(char letter) { return is_one_of(letter, "AEFHILMNORSXaefhilmnorsx"); }

/// By spelling: u before one of these consonants and a vowel is long, as in "usual"; so is any u
/// before k and before tr, as in "Ukrainian" and "Utrecht". y before a consonant is a vowel.
bool spelling_has_vowel(std::string_view word) {
  const char next = word.size() > 1 ? word[1] : ' ', second = word.size() > 2 ? word[2] : ' ';
  if (word[0] == 'y') return is_small(next) && !is_one_of(next, "aeiou");
  if (word[0] != 'u') return is_one_of(word[0], "aeio");
  if (next == 'k' || (next == 't' && second == 'r')) return false;
  return !(is_one_of(next, "gtrs") && is_one_of(second, "aeiou"));
}

bool word_has_vowel(std::string_view word) {
  const Sound* longest = nullptr;
  for (const Sound& sound : kSounds) {
    const bool fits = sound.is_whole ? word == sound.letters : word.starts_with(sound.letters);
    if (fits && (longest == nullptr || sound.letters.size() > longest->letters.size()))
      longest = &sound;
  }
  return longest != nullptr ? longest->is_vowel : spelling_has_vowel(word);
}

bool has_vowel(std::string word) {
  if (word.empty()) return false;
  if (is_digit(word[0]))
    return number_has_vowel({word.begin(), std::ranges::find_if_not(word, is_digit)});
  if (is_spelled_out(word)) return letter_name_has_vowel(word[0]);
  for (char& c : word)
    if (is_capital(c)) c = static_cast<char>(c - 'A' + 'a');
  return word_has_vowel(word);
}

}  // namespace

std::string article_of_word(std::string_view text) {
  return has_vowel(first_word(text)) ? "an" : "a";
}

}  // namespace limbeck::fairness
