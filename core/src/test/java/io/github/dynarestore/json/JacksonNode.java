package io.github.dynarestore.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON as Jackson reads it with names of any length, the oracle of the tests in this package and of those of whole records.
 * Where Jackson is laxer than RFC 8259 in UTF-8, the methods that parse say so and refuse.
 */
public sealed interface JacksonNode {

    /** A string. */
    record Text(String text) implements JacksonNode {}

    /** A number, as spelled. */
    record Number(String spelled) implements JacksonNode {}

    /** A truth value. */
    record Bool(boolean value) implements JacksonNode {}

    /** The word null. */
    record Null() implements JacksonNode {}

    /** An array. */
    record Array(List<JacksonNode> members) implements JacksonNode {}

    /** An object; names may stand twice, since Jackson minds no more than the grammar does. */
    record Members(List<Member> members) implements JacksonNode {}

    /** A member of an object. */
    record Member(String name, JacksonNode value) {}

    /** What the bytes hold, which must be one value, in which names may stand twice; null if they are not that. */
    static @Nullable JacksonNode parse(byte[] json) {
        Value value = first(json, Factory.JSON);
        return value != null && value.isAll(json) ? value.node : null;
    }

    /** The same without an object in which a name stands twice. */
    static @Nullable JacksonNode parseDistinct(byte[] json) {
        Value value = first(json, Factory.DISTINCT);
        return value != null && value.isAll(json) ? value.node : null;
    }

    /** The value that the bytes begin with, in which no name stands twice; null if they begin with something else. */
    static @Nullable Value firstDistinct(byte[] json) {
        return first(json, Factory.DISTINCT);
    }

    private static @Nullable Value first(byte[] json, JsonFactory factory) {
        for (int i = 0; i < Math.min(4, json.length); i++) {
            // Jackson guesses UTF-16 and UTF-32 from zeros; in UTF-8 there is none in any JSON.
            if (json[i] == 0) {
                return null;
            }
        }
        if (json.length >= 3 && json[0] == (byte) 0xef && json[1] == (byte) 0xbb && json[2] == (byte) 0xbf) {
            // Jackson skips a byte order mark, which is not JSON.
            return null;
        }
        try (JsonParser parser = factory.createParser(json)) {
            if (parser.nextToken() == null) {
                return null;
            }
            JacksonNode node = node(parser);
            int end = (int) parser.currentLocation().getByteOffset();
            // Jackson takes overlong forms and surrogates in UTF-8; Java's decoder does not.
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json, 0, end));
            return new Value(node, end);
        } catch (IOException | LoneSurrogateException e) {
            return null;
        }
    }

    private static JacksonNode node(JsonParser parser) throws IOException, LoneSurrogateException {
        return switch (parser.currentToken()) {
            case VALUE_STRING -> new Text(checked(parser.getText()));
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Number(parser.getText());
            case VALUE_TRUE -> new Bool(true);
            case VALUE_FALSE -> new Bool(false);
            case VALUE_NULL -> new Null();
            case START_ARRAY -> {
                List<JacksonNode> members = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    members.add(node(parser));
                }
                yield new Array(members);
            }
            case START_OBJECT -> {
                List<Member> members = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = checked(parser.currentName());
                    parser.nextToken();
                    members.add(new Member(name, node(parser)));
                }
                yield new Members(members);
            }
            default -> throw new IOException("an unexpected token");
        };
    }

    /** Jackson resolves an escape to half a surrogate pair, which UTF-8 cannot spell. */
    private static String checked(String text) throws LoneSurrogateException {
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
            throw new LoneSurrogateException();
        }
        return text;
    }

    /**
     * A value among bytes.
     *
     * @param end index behind it
     */
    record Value(JacksonNode node, int end) {

        private boolean isAll(byte[] json) {
            // A number's end is only known behind what ends it.
            for (int i = end; i < json.length; i++) {
                if (" \n\r\t".indexOf(json[i]) < 0) {
                    return false;
                }
            }
            return true;
        }
    }

    /** The factories. */
    final class Factory {
        /** To intern names that never come again takes most of the time; without the other table Jackson decodes otherwise. */
        private static final JsonFactory JSON = JsonFactory.builder()
                .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNameLength(Integer.MAX_VALUE)
                        .build())
                .build();

        private static final JsonFactory DISTINCT = JSON.rebuild()
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();

        private Factory() {}
    }

    /** Half a surrogate pair. */
    final class LoneSurrogateException extends Exception {
        private static final long serialVersionUID = 1L;
    }
}
