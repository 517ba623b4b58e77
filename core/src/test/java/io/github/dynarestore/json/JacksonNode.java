package io.github.dynarestore.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON as Jackson reads it with its defaults and names of any length, the oracle of the tests in this package. Where Jackson is laxer than RFC
 * 8259 in UTF-8, {@link #parse} says so and refuses.
 */
sealed interface JacksonNode {

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

    /** What the bytes hold, which must be one value; null if they are not that. */
    static @Nullable JacksonNode parse(byte[] json) {
        try {
            // Jackson takes overlong forms and surrogates in UTF-8; Java's decoder does not.
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(json));
        } catch (CharacterCodingException e) {
            return null;
        }
        for (byte b : json) {
            // Jackson guesses UTF-16 and UTF-32 from zeros; in UTF-8 there is none in any JSON.
            if (b == 0) {
                return null;
            }
        }
        if (json.length >= 3 && json[0] == (byte) 0xef && json[1] == (byte) 0xbb && json[2] == (byte) 0xbf) {
            // Jackson skips a byte order mark, which is not JSON.
            return null;
        }
        try (JsonParser parser = Factory.JSON.createParser(json)) {
            if (parser.nextToken() == null) {
                return null;
            }
            JacksonNode node = node(parser);
            return parser.nextToken() == null ? node : null;
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

    /** The one factory. */
    final class Factory {
        private static final JsonFactory JSON = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNameLength(Integer.MAX_VALUE)
                        .build())
                .build();

        private Factory() {}
    }

    /** Half a surrogate pair. */
    final class LoneSurrogateException extends Exception {
        private static final long serialVersionUID = 1L;
    }
}
