#include "nlp/report/page_template.h"

namespace limbeck::nlp {

const char* const kPageTemplate = R"html(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="limbeck">
<link rel="icon" href="data:,">
<title>{{title}}</title>
<style>
{{{style}}}</style>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header>
<p class="eyebrow">limbeck {{command}}</p>
<h1>{{title}}</h1>
{{#verdict}}
<p class="verdict {{status}}"><strong><span aria-hidden="true">{{sign}}</span> {{word}}</strong> {{text}}</p>
{{/verdict}}
{{#has_contents}}
<nav aria-label="Contents"><ul>
{{#sections}}
<li><a href="#{{id}}">{{title}}</a></li>
{{/sections}}
</ul></nav>
{{/has_contents}}
</header>
<main id="content">
{{#has_summary}}
<dl class="tiles" aria-label="Summary">
{{#summary}}
<div><dt>{{label}}</dt><dd><span class="figure{{#is_text}} words{{/is_text}}">{{value}}</span>{{#unit}} <span class="unit">{{unit}}</span>{{/unit}}</dd>{{#note}}<dd class="note">{{note}}</dd>{{/note}}</div>
{{/summary}}
</dl>
{{/has_summary}}
{{#sections}}
<section id="{{id}}" aria-labelledby="{{id}}-heading">
<h2 id="{{id}}-heading">{{title}}</h2>
{{#paragraphs}}
<p>{{.}}</p>
{{/paragraphs}}
{{{content}}}
</section>
{{/sections}}
</main>
</body>
</html>
)html";

const char* const kTableTemplate = R"html({{#is_collapsed}}
<details class="rows"><summary>{{#title}}{{title}}{{/title}}{{^title}}Table{{/title}} <span class="count">{{count}}</span></summary>
{{/is_collapsed}}
<div class="scroll" role="region" tabindex="0" aria-label="{{label}}">
<table>
<caption{{#is_captionless}} class="hidden"{{/is_captionless}}>{{label}}</caption>
<thead><tr>
{{#columns}}
<th scope="col"{{#is_numeric}} class="number"{{/is_numeric}}>{{label}}{{#unit}} <span class="unit">{{unit}}</span>{{/unit}}</th>
{{/columns}}
</tr></thead>
<tbody>
{{#rows}}
<tr>{{#cells}}{{#is_heading}}<th scope="row"{{#is_numeric}} class="number"{{/is_numeric}}>{{text}}</th>{{/is_heading}}{{^is_heading}}<td{{#is_numeric}} class="number"{{/is_numeric}}>{{text}}{{#reason}} <span class="reason">{{reason}}</span>{{/reason}}</td>{{/is_heading}}{{/cells}}</tr>
{{/rows}}
</tbody>
</table>
</div>
{{#note}}
<p class="note">{{note}}</p>
{{/note}}
{{#is_collapsed}}
</details>
{{/is_collapsed}}
)html";

const char* const kChartTemplate = R"html(<figure{{#is_whole}} class="whole"{{/is_whole}}>
<figcaption><h3>{{title}}</h3>{{#description}}<p>{{description}}</p>{{/description}}</figcaption>
<div class="drawing for-narrow">{{{narrow}}}</div>
<div class="drawing for-half">{{{half}}}</div>
{{#is_whole}}
<div class="drawing for-whole">{{{whole}}}</div>
{{/is_whole}}
{{{data}}}
</figure>
)html";

const char* const kExamplesTemplate = R"html({{#title}}<h3>{{title}}</h3>{{/title}}
{{#description}}<p>{{description}}</p>{{/description}}
{{#has_agreement}}<p class="note"><span class="agrees" aria-hidden="true">✓</span> {{agreement_label}}</p>{{/has_agreement}}
{{#examples}}
<article class="example">
<h4 dir="auto">{{query}}</h4>
<div class="columns">
{{#columns}}
<div>
<h5>{{title}}{{#shared}} <span class="note">{{shared}}</span>{{/shared}}</h5>
<ol>
{{#entries}}
<li{{#agrees}} class="shared"{{/agrees}}><span class="answer" dir="auto">{{text}}</span>{{#agrees}} <span class="agrees" role="img" aria-label="{{agreement_label}}">✓</span>{{/agrees}} <span class="score"><span class="hidden">{{score_label}} </span>{{score}}</span></li>
{{/entries}}
</ol>
</div>
{{/columns}}
</div>
</article>
{{/examples}}
)html";

const char* const kShadedTextTemplate = R"html(<h3>{{title}}</h3>
{{#description}}<p>{{description}}</p>{{/description}}
<p class="note">{{value_label}}: small {{#key}}<span class="swatch w{{.}}" aria-hidden="true"></span>{{/key}} large</p>
{{#sentences}}
<p class="shaded" dir="auto">{{#words}}<span class="word w{{shade}}">{{text}} <span class="value">{{value}}{{#reason}} <span class="hidden">{{reason}}</span>{{/reason}}</span></span> {{/words}}</p>
{{/sentences}}
)html";

const char* const kTextTemplate = R"html({{#paragraphs}}
<p>{{.}}</p>
{{/paragraphs}}
)html";

const char* const kCommandTemplate = R"html({{#text}}<p>{{text}}</p>
{{/text}}
<pre tabindex="0" role="region" aria-label="Command"><code>{{command}}</code></pre>
)html";

const char* const kDefinitionsTemplate = R"html(<dl class="definitions">
{{#items}}
<dt>{{term}}</dt><dd>{{text}}</dd>
{{/items}}
</dl>
)html";

}  // namespace limbeck::nlp
