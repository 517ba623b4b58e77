package io.github.dynarestore.format.hive;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.dynarestore.json.InvalidItemException;
import org.junit.jupiter.api.Test;

class TagSpellerTest {

    @Test
    void spell_dynamoDbsSpelling_copiesNothing() throws InvalidItemException {
        TagSpeller speller = new TagSpeller();
        byte[] source = "..{\"a\":{\"M\":{\"s\":{\"S\":\"x\"}}}}..".getBytes(UTF_8);

        int end = speller.spell(source, 2, source.length);

        assertThat(end).isEqualTo(source.length - 2);
        assertThat(speller.bytes()).isSameAs(source);
        assertThat(speller.from()).isEqualTo(2);
        assertThat(speller.to()).isEqualTo(end);
        assertThat(speller.isSpelledOtherwise()).isFalse();
    }

    @Test
    void spell_oneItemAfterAnother_usesOneBufferAndLeavesTheSource() throws InvalidItemException {
        TagSpeller speller = new TagSpeller();
        String longer = "{\"a\":{\"s\":\"some text\"},\"b\":{\"nULLValue\":true}}";
        byte[] source = longer.getBytes(UTF_8);
        speller.spell(source, 0, source.length);
        byte[] buffer = speller.bytes();

        assertThat(new String(buffer, speller.from(), speller.to(), UTF_8))
                .isEqualTo("{\"a\":{\"S\":\"some text\"},\"b\":{\"NULL\":true}}");
        assertThat(source).asString(UTF_8).isEqualTo(longer);

        byte[] next = "{\"b\":{\"bOOL\":true}}".getBytes(UTF_8);
        speller.spell(next, 0, next.length);

        assertThat(speller.bytes()).isSameAs(buffer);
        assertThat(new String(buffer, speller.from(), speller.to(), UTF_8)).isEqualTo("{\"b\":{\"BOOL\":true}}");
    }
}
