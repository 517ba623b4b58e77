package io.github.dynarestore.mapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.spi.AttributeMapper;
import io.github.dynarestore.spi.AttributeMapperFactory;
import io.github.dynarestore.spi.MapperContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The shipped mappers, by their ids, on items of a table with the key {@code id}. */
class MappersTest {

    private static final Instant NOW = Instant.ofEpochSecond(2_000_000_000);
    private static final Instant CUT = Instant.ofEpochSecond(1_999_999_000);

    private static AttributeMapper mapper(String id, Map<String, String> parameters, Instant asOf) {
        AttributeMapperFactory factory = ServiceLoader.load(AttributeMapperFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .filter(found -> found.id().equals(id))
                .findFirst()
                .orElseThrow();
        return factory.create(new MapperContext("orders", List.of("id"), parameters, NOW, asOf));
    }

    /** {@code a=1;b} as the parameters a with a value and b without. */
    static Map<String, String> parameters(String text) {
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String parameter : text.split(";")) {
            if (!parameter.isEmpty()) {
                int equals = parameter.indexOf('=');
                parameters.put(
                        equals < 0 ? parameter : parameter.substring(0, equals),
                        equals < 0 ? "" : parameter.substring(equals + 1));
            }
        }
        return parameters;
    }

    private static Map<String, AttributeValue> item(String attributes) {
        byte[] json = ("{\"id\":{\"S\":\"k\"}" + (attributes.isEmpty() ? "" : "," + attributes) + "}")
                .getBytes(StandardCharsets.UTF_8);
        return ItemImage.wrap(json, 0, json.length).attributes();
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "rename | a=b | \"a\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"} | \"b\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"}",
                "rename | a=b;b=a | \"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"} | \"a\":{\"N\":\"2\"},\"b\":{\"N\":\"1\"}",
                "rename | a=b | \"c\":{\"N\":\"2\"} | \"c\":{\"N\":\"2\"}",
                "keep | a | \"a\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"} | \"a\":{\"N\":\"1\"}",
                "drop | a;x | \"a\":{\"N\":\"1\"},\"c\":{\"N\":\"2\"} | \"c\":{\"N\":\"2\"}",
                "cast | a=N | \"a\":{\"S\":\"12345678901234567890123456789012345678\"} | \"a\":{\"N\":\"12345678901234567890123456789012345678\"}",
                "cast | a=S | \"a\":{\"N\":\"-1.50\"} | \"a\":{\"S\":\"-1.50\"}",
                "cast | a=S | \"a\":{\"B\":\"AAE=\"} | \"a\":{\"S\":\"AAE=\"}",
                "cast | a=B | \"a\":{\"S\":\"AAE=\"} | \"a\":{\"B\":\"AAE=\"}",
                "cast | a=BOOL | \"a\":{\"S\":\"true\"} | \"a\":{\"BOOL\":true}",
                "cast | a=S | \"a\":{\"BOOL\":false} | \"a\":{\"S\":\"false\"}",
                "cast | a=SS | \"a\":{\"L\":[{\"S\":\"x\"},{\"N\":\"1\"}]} | \"a\":{\"SS\":[\"x\",\"1\"]}",
                "cast | a=NS | \"a\":{\"SS\":[\"1\",\"2\"]} | \"a\":{\"NS\":[\"1\",\"2\"]}",
                "cast | a=L | \"a\":{\"NS\":[\"1\",\"2\"]} | \"a\":{\"L\":[{\"N\":\"1\"},{\"N\":\"2\"}]}",
                "cast | a=BS | \"a\":{\"B\":\"AA==\"} | \"a\":{\"BS\":[\"AA==\"]}",
                "cast | a=N | \"b\":{\"S\":\"x\"} | \"b\":{\"S\":\"x\"}",
                "default | a=S:x:y | '' | \"a\":{\"S\":\"x:y\"}",
                "default | a=N:1;b=BOOL:true;c=NULL:;d=B:AA== | \"b\":{\"N\":\"2\"} | \"b\":{\"N\":\"2\"},\"a\":{\"N\":\"1\"},\"c\":{\"NULL\":true},\"d\":{\"B\":\"AA==\"}",
                "ttl-shift | attribute=t | \"t\":{\"N\":\"1999999500\"} | \"t\":{\"N\":\"2000000500\"}",
                "ttl-shift | attribute=t;at=2033-05-18T03:33:19Z | \"t\":{\"N\":\"5.5\"} | \"t\":{\"N\":\"6.5\"}",
                "ttl-shift | attribute=t | \"t\":{\"S\":\"5\"} | \"t\":{\"S\":\"5\"}",
                "ttl-shift | attribute=t | '' | ''",
                "skip-expired | attribute=t | \"t\":{\"N\":\"1999999999.5\"} | -",
                "skip-expired | attribute=t | \"t\":{\"N\":\"2000000000\"} | \"t\":{\"N\":\"2000000000\"}",
                "skip-expired | attribute=t | \"t\":{\"N\":\"1500000000\"} | \"t\":{\"N\":\"1500000000\"}",
                "skip-expired | attribute=t | \"t\":{\"S\":\"1\"} | \"t\":{\"S\":\"1\"}",
                "filter | attribute=a;equals=x | \"a\":{\"S\":\"x\"} | \"a\":{\"S\":\"x\"}",
                "filter | attribute=a;equals=x | \"a\":{\"S\":\"y\"} | -",
                "filter | attribute=a;equals=1.0 | \"a\":{\"N\":\"1\"} | \"a\":{\"N\":\"1\"}",
                "filter | attribute=a;equals=true | \"a\":{\"BOOL\":true} | \"a\":{\"BOOL\":true}",
                "filter | attribute=a;equals=x | '' | -",
                "filter | attribute=a;prefix=x | \"a\":{\"S\":\"xy\"} | \"a\":{\"S\":\"xy\"}",
                "filter | attribute=a;prefix=x | \"a\":{\"S\":\"yx\"} | -",
                "filter | attribute=id;prefix=k | '' | ''",
                "filter | attribute=a | \"a\":{\"NULL\":true} | \"a\":{\"NULL\":true}",
                "filter | attribute=a | '' | -",
                "redact | a=S:gone | \"a\":{\"M\":{}} | \"a\":{\"S\":\"gone\"}",
                "redact | a=S:gone | '' | ''",
                "redact | a=hash:key | \"a\":{\"S\":\"The quick brown fox jumps over the lazy dog\"} | \"a\":{\"S\":\"f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8\"}",
            })
    void map_item_isAsExpected(String id, String parameters, String item, String expected) {
        Map<String, AttributeValue> mapped =
                mapper(id, parameters(parameters), CUT).map(item(item));

        assertThat(mapped).isEqualTo(expected.equals("-") ? null : item(expected));
    }

    @ParameterizedTest
    @CsvSource({"1, 1.0", "100, 1E2", "0, -0.00", "0.5, 5e-1"})
    void redact_oneNumberInTwoSpellings_hasOneHash(String one, String other) {
        AttributeMapper redact = mapper("redact", Map.of("a", "hash:key"), CUT);

        assertThat(redact.map(item("\"a\":{\"N\":\"" + one + "\"}")))
                .isEqualTo(redact.map(item("\"a\":{\"N\":\"" + other + "\"}")))
                .isNotEqualTo(redact.map(item("\"a\":{\"N\":\"7\"}")));
    }

    @ParameterizedTest(name = "{0} {1}")
    @CsvSource(
            delimiter = '|',
            value = {
                "rename | '' | needs the name of an attribute",
                "rename | id=x | may not touch 'id'",
                "rename | x=id | may not touch 'id'",
                "rename | a=b;c=b | two attributes the same name",
                "rename | a= | needs a new name for 'a'",
                "keep | a=1 | 'a' has a value",
                "drop | id | may not touch 'id'",
                "drop | '' | needs the name of an attribute",
                "cast | a=X | the types are",
                "cast | a=M | the types are",
                "cast | id=N | may not touch 'id'",
                "default | a=1 | needs a value such as",
                "default | a=N:x | needs a value such as",
                "default | a=B:? | needs a value such as",
                "default | id=S:x | may not touch 'id'",
                "ttl-shift | '' | needs the parameter 'attribute'",
                "ttl-shift | attribute=t;zone=1 | has no parameter 'zone'",
                "ttl-shift | attribute=id | may not touch 'id'",
                "ttl-shift | attribute=t;at=yesterday | not an instant",
                "ttl-shift | attribute=t;at=2133-05-18T03:33:19Z | not over yet",
                "ttl-shift | attribute=t | needs a cut",
                "skip-expired | '' | needs the parameter 'attribute'",
                "filter | equals=1 | needs the parameter 'attribute'",
                "filter | attribute=a;equals=1;prefix=2 | not both",
                "filter | attribute=a;suffix=2 | has no parameter 'suffix'",
                "redact | id=S:x | may not touch 'id'",
                "redact | a=hash: | needs a secret",
                "redact | a=x | needs a value such as",
                "rekey | '' | needs partition or set-partition",
                "rekey | partition=id | with its type, such as id:S",
                "rekey | partition=id:SS | with its type, such as id:S",
                "rekey | sort=n:N | needs 'partition'",
                "rekey | set-partition=x | all items would have one key",
                "rekey | set-sort={x} | table orders has none",
                "rekey | key=x | has no parameter 'key'",
            })
    void create_wrongParameters_saysWhich(String id, String parameters, String message) {
        assertThatThrownBy(() -> mapper(id, parameters(parameters), null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("mapper " + id)
                .hasMessageContaining(message);
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @CsvSource(
            delimiter = '|',
            value = {
                "rename | a=b | \"a\":{\"N\":\"1\"},\"b\":{\"N\":\"2\"}",
                "cast | a=N | \"a\":{\"S\":\"secret\"}",
                "rekey | set-partition=u#{a} | \"b\":{\"S\":\"x\"}",
                "rekey | set-partition=u#{a} | \"a\":{\"BOOL\":true}",
                "cast | a=N | \"a\":{\"NULL\":true}",
                "cast | a=S | \"a\":{\"L\":[]}",
                "cast | a=S | \"a\":{\"M\":{}}",
                "cast | a=B | \"a\":{\"S\":\"?\"}",
                "cast | a=BOOL | \"a\":{\"S\":\"yes\"}",
                "cast | a=SS | \"a\":{\"L\":[{\"S\":\"1\"},{\"N\":\"1\"}]}",
                "cast | a=SS | \"a\":{\"L\":[]}",
                "cast | a=SS | \"a\":{\"L\":[{\"L\":[]}]}",
                "redact | a=hash:key | \"a\":{\"L\":[]}",
            })
    void map_whatCannotBe_throwsWithoutValues(String id, String parameters, String item) {
        assertThatThrownBy(() -> mapper(id, parameters(parameters), CUT).map(item(item)))
                .isInstanceOf(CannotMapException.class)
                .hasMessageNotContaining("secret");
    }

    @Property(tries = 200)
    void rename_anyItem_keepsEveryValueOnce(
            @ForAll @Size(max = 8) Map<@AlphaChars @StringLength(min = 1, max = 2) String, Integer> values) {
        Map<String, AttributeValue> item = new HashMap<>();
        values.forEach((name, value) -> item.put(name, AttributeValue.fromN(value.toString())));
        item.put("id", AttributeValue.fromS("k"));
        item.remove("target");

        Map<String, AttributeValue> renamed = mapper("rename", Map.of("a", "target", "b", "other target"), null)
                .map(item);
        Map<String, AttributeValue> back = mapper("rename", Map.of("target", "a", "other target", "b"), null)
                .map(renamed);

        assertThat(renamed).hasSameSizeAs(item).doesNotContainKeys("a", "b").containsEntry("id", item.get("id"));
        assertThat(back).isEqualTo(item);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{a} | \"N\":\"1.0\"", "{id}/{a}! | \"S\":\"k/1.0!\"", "{}{a}} | \"S\":\"{}1.0}\""})
    void rekey_template_isFilledFromTheItem(String template, String key) {
        Map<String, AttributeValue> item = item("\"a\":{\"N\":\"1.0\"}");

        Map<String, AttributeValue> mapped =
                mapper("rekey", Map.of("set-partition", template), null).map(item);

        byte[] expected = ("{\"id\":{" + key + "},\"a\":{\"N\":\"1.0\"}}").getBytes(StandardCharsets.UTF_8);
        assertThat(mapped)
                .isEqualTo(ItemImage.wrap(expected, 0, expected.length).attributes());
    }

    @Test
    void everyMapper_ofTheService_isThere() {
        assertThat(ServiceLoader.load(AttributeMapperFactory.class).stream()
                        .map(provider -> provider.get().id()))
                .containsExactlyInAnyOrder(
                        "cast",
                        "data-pipeline",
                        "default",
                        "drop",
                        "filter",
                        "keep",
                        "redact",
                        "rekey",
                        "rename",
                        "skip-expired",
                        "ttl-shift");
    }
}
