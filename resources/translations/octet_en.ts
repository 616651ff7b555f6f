<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en">
<context>
    <name>CalibrateDialog</name>
    <message numerus="yes">
        <source>the %n clips of this window</source>
        <translation>
            <numerusform>the %n clip of this window</numerusform>
            <numerusform>the %n clips of this window</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clips</source>
        <translation>
            <numerusform>%n clip</numerusform>
            <numerusform>%n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ClipsPanel</name>
    <message numerus="yes">
        <source>%1, mean of %n clips: %2</source>
        <translation>
            <numerusform>%1, %n clip: %2</numerusform>
            <numerusform>%1, mean of %n clips: %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>CostChart</name>
    <message numerus="yes">
        <source>%1, %n threads</source>
        <translation>
            <numerusform>%1, %n thread</numerusform>
            <numerusform>%1, %n threads</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1: %2 s of made-up speech after %3 s of prompt, %n rounds of all plans in turn, as octet bench. Medians and their ratio; lines and &quot;by round&quot; reach from the lowest to the highest.</source>
        <translation>
            <numerusform>%1: %2 s of made-up speech after %3 s of prompt, %n round of all plans in turn, as octet bench. Medians and their ratio; lines and &quot;by round&quot; reach from the lowest to the highest.</numerusform>
            <numerusform>%1: %2 s of made-up speech after %3 s of prompt, %n rounds of all plans in turn, as octet bench. Medians and their ratio; lines and &quot;by round&quot; reach from the lowest to the highest.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FrontDialog</name>
    <message numerus="yes">
        <source>%1 is now: %2, %3, damage %4 %, %n layers. Undo takes it back.</source>
        <translation>
            <numerusform>%1 is now: %2, %3, damage %4 %, %n layer. Undo takes it back.</numerusform>
            <numerusform>%1 is now: %2, %3, damage %4 %, %n layers. Undo takes it back.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayerInspector</name>
    <message numerus="yes">
        <source>%n output channels have more than %1 times the usual range, most of all %2.</source>
        <translation>
            <numerusform>%n output channel has more than %1 times the usual range: %2.</numerusform>
            <numerusform>%n output channels have more than %1 times the usual range, most of all %2.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LayerTreeModel</name>
    <message numerus="yes">
        <source>%1: %n layers, %2</source>
        <translation>
            <numerusform>%1: %n layer, %2</numerusform>
            <numerusform>%1: %n layers, %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message numerus="yes">
        <source>This session had %n runs.</source>
        <translation>
            <numerusform>This session had %n run.</numerusform>
            <numerusform>This session had %n runs.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1, %n edits ago: plan %2, %3</source>
        <translation>
            <numerusform>%1, %n edit ago: plan %2, %3</numerusform>
            <numerusform>%1, %n edits ago: plan %2, %3</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MeasuresPanel</name>
    <message numerus="yes">
        <source>Judging %n clips</source>
        <translation>
            <numerusform>Judging %n clip</numerusform>
            <numerusform>Judging %n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ModelTreePanel</name>
    <message numerus="yes">
        <source>%n layers, %1 under this plan.</source>
        <translation>
            <numerusform>%n layer, %1 under this plan.</numerusform>
            <numerusform>%n layers, %1 under this plan.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PairsChart</name>
    <message numerus="yes">
        <source>%n pairs: %1 in the median, from %2 to %3.</source>
        <translation>
            <numerusform>%n pair: %1 in the median, from %2 to %3.</numerusform>
            <numerusform>%n pairs: %1 in the median, from %2 to %3.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanDiffDialog</name>
    <message numerus="yes">
        <source>%n layers</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers come out differently. %1: %2, %3 of them int8; %4: %5, %6 int8.</source>
        <translation>
            <numerusform>%n layer comes out differently. %1: %2, %3 of them int8; %4: %5, %6 int8.</numerusform>
            <numerusform>%n layers come out differently. %1: %2, %3 of them int8; %4: %5, %6 int8.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanEditor</name>
    <message numerus="yes">
        <source>%1 for %n layers</source>
        <translation>
            <numerusform>%1 for %n layer</numerusform>
            <numerusform>%1 for %n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1&apos;s way for %n layers</source>
        <translation>
            <numerusform>%1&apos;s way for %n layer</numerusform>
            <numerusform>%1&apos;s way for %n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RisksDialog</name>
    <message numerus="yes">
        <source>all %n clips</source>
        <translation>
            <numerusform>all %n clip</numerusform>
            <numerusform>all %n clips</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ScoresModel</name>
    <message numerus="yes">
        <source>Of %n measures, %1 are beyond what other noise does, %2 within that but beyond bf16, %3 within both.</source>
        <translation>
            <numerusform>Of %n measure, %1 are beyond what other noise does, %2 within that but beyond bf16, %3 within both.</numerusform>
            <numerusform>Of %n measures, %1 are beyond what other noise does, %2 within that but beyond bf16, %3 within both.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SetView</name>
    <message numerus="yes">
        <source>%1: %n clips, %2 s, %3</source>
        <translation>
            <numerusform>%1: %n clip, %2 s, %3</numerusform>
            <numerusform>%1: %n clips, %2 s, %3</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1: %n clips, %2 s, none with a tag</source>
        <translation>
            <numerusform>%1: %n clip, %2 s, none with a tag</numerusform>
            <numerusform>%1: %n clips, %2 s, none with a tag</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ValidateDialog</name>
    <message numerus="yes">
        <source>every layer in bf16, and the %n plans of this window</source>
        <translation>
            <numerusform>every layer in bf16, and the %n plan of this window</numerusform>
            <numerusform>every layer in bf16, and the %n plans of this window</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Workbench</name>
    <message numerus="yes">
        <source>%n files of the session are not there: %1</source>
        <translation>
            <numerusform>%n file of the session is not there: %1</numerusform>
            <numerusform>%n files of the session are not there: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clips</source>
        <translation>
            <numerusform>%n clip</numerusform>
            <numerusform>%n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers and pairs of %1 are not measured yet</source>
        <translation>
            <numerusform>%n layer or pair of %1 is not measured yet</numerusform>
            <numerusform>%n layers and pairs of %1 are not measured yet</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>octet::ui</name>
    <message numerus="yes">
        <source>Stopped after %1 of %n trials.</source>
        <translation>
            <numerusform>Stopped after %1 of %n trial.</numerusform>
            <numerusform>Stopped after %1 of %n trials.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>That decides nothing: fewer than %n trials never do.</source>
        <translation>
            <numerusform>That decides nothing: fewer than %n trial never does.</numerusform>
            <numerusform>That decides nothing: fewer than %n trials never do.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 has %n plans; %2 at most can be compared</source>
        <translation>
            <numerusform>%1 has %n plan; %2 at most can be compared</numerusform>
            <numerusform>%1 has %n plans; %2 at most can be compared</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 has %n layers that this checkpoint has not, such as %2</source>
        <translation>
            <numerusform>%1 has %n layer that this checkpoint has not, such as %2</numerusform>
            <numerusform>%1 has %n layers that this checkpoint has not, such as %2</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers of %1 are not measured yet</source>
        <translation>
            <numerusform>%n layer of %1 is not measured yet</numerusform>
            <numerusform>%n layers of %1 are not measured yet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more</source>
        <translation>
            <numerusform>%n more</numerusform>
            <numerusform>%n more</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 differs from %2 by more than another take would, in %3 of %n measures: %4.</source>
        <translation>
            <numerusform>%1 differs from %2 by more than another take would, in %3 of %n measure: %4.</numerusform>
            <numerusform>%1 differs from %2 by more than another take would, in %3 of %n measures: %4.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 differs from %2 by no more than another take might, in all %n measures; by more than bf16 does in %3: %4.</source>
        <translation>
            <numerusform>%1 differs from %2 by no more than another take might, in the %n measure there is; by more than bf16 does in %3: %4.</numerusform>
            <numerusform>%1 differs from %2 by no more than another take might, in all %n measures; by more than bf16 does in %3: %4.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 differs from %2 by no more than bf16 from fp32, in all %n measures.</source>
        <translation>
            <numerusform>%1 differs from %2 by no more than bf16 from fp32, in the %n measure there is.</numerusform>
            <numerusform>%1 differs from %2 by no more than bf16 from fp32, in all %n measures.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1: no verdict yet. %2 of the %n clips that it takes are measured: synthesize all.</source>
        <translation>
            <numerusform>%1: no verdict yet. %2 of the %n clip that it takes is measured: synthesize all.</numerusform>
            <numerusform>%1: no verdict yet. %2 of the %n clips that it takes are measured: synthesize all.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Validated on %n clips</source>
        <translation>
            <numerusform>Validated on %n clip</numerusform>
            <numerusform>Validated on %n clips</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 over %n clips (%2 steps, noise seed %3)</source>
        <translation>
            <numerusform>%1 over %n clip (%2 steps, noise seed %3)</numerusform>
            <numerusform>%1 over %n clips (%2 steps, noise seed %3)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n layers otherwise</source>
        <translation>
            <numerusform>%n layer otherwise</numerusform>
            <numerusform>%n layers otherwise</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>by %n Euler steps</source>
        <translation>
            <numerusform>by %n Euler step</numerusform>
            <numerusform>by %n Euler steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>by %n threads</source>
        <translation>
            <numerusform>by %n thread</numerusform>
            <numerusform>by %n threads</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>octet::ui::risk_words</name>
    <message numerus="yes">
        <source>%n steps</source>
        <translation>
            <numerusform>%n step</numerusform>
            <numerusform>%n steps</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Rounding alpha changes what one of %n channels gives by %1 at most, in bf16 by %2.</source>
        <translation>
            <numerusform>Rounding alpha changes what %n channel gives by %1 at most, in bf16 by %2.</numerusform>
            <numerusform>Rounding alpha changes what one of %n channels gives by %1 at most, in bf16 by %2.</numerusform>
        </translation>
    </message>
</context>
</TS>
