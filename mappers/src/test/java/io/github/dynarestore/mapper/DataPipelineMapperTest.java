package io.github.dynarestore.mapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.dynarestore.model.ItemImage;
import io.github.dynarestore.spi.MapperContext;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

class DataPipelineMapperTest {

    private static final String COLUMNS =
            "id string, price double,flag boolean, tags array<string>, m map<string,string>";
    private static final String MAPPING = "id:Id, price:price,flag:Flag,tags:tags,m:m";
    private static final String FIELDS =
            "NewImage.Id.N, NewImage.price.S,NewImage.flag.BOOL,NewImage.tags.SS,NewImage.m.M";

    private static Map<String, AttributeValue> attributes(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return ItemImage.wrap(bytes, 0, bytes.length).attributes();
    }

    private static Map<String, AttributeValue> map(Map<String, String> parameters, String item) {
        return new DataPipelineMapper()
                .create(new MapperContext("orders", List.of("Id"), parameters, Instant.EPOCH, null))
                .map(attributes(item));
    }

    private static Map<String, String> parameters(String columns, String mapping, String fields) {
        return new HashMap<>(Map.of("columns", columns, "mapping", mapping, "fields", fields));
    }

    @Test
    void map_item_matchesByPositionAndConverts() {
        String item = "{\"Id\":{\"N\":\"1\"},\"price\":{\"S\":\"12345678901234567890.5\"},\"flag\":{\"BOOL\":true},"
                + "\"tags\":{\"SS\":[\"a\"]},\"m\":{\"M\":{}},\"more\":{\"S\":\"x\"}}";
        String mapped = "{\"Id\":{\"N\":\"1\"},\"price\":{\"N\":\"12345678901234567890.5\"},\"Flag\":{\"BOOL\":true},"
                + "\"tags\":{\"SS\":[\"a\"]},\"m\":{\"M\":{}}";
        Map<String, String> parameters = parameters(COLUMNS, MAPPING, FIELDS);

        assertThat(map(parameters, item)).isEqualTo(attributes(mapped + "}"));
        parameters.put("all-attributes", "true");
        assertThat(map(parameters, item)).isEqualTo(attributes(mapped + ",\"more\":{\"S\":\"x\"}}"));
        parameters.put("keep-types", "");
        assertThat(map(parameters, item).get("price")).isEqualTo(AttributeValue.fromS("12345678901234567890.5"));
    }

    @Test
    void map_stringColumnOfANumber_becomesATextButNeverAKey() {
        Map<String, String> parameters = parameters("id string,n string", "id:Id,n:n", "NewImage.Id.N,NewImage.n.N");

        assertThat(map(parameters, "{\"Id\":{\"N\":\"1\"},\"n\":{\"N\":\"2.50\"}}"))
                .isEqualTo(attributes("{\"Id\":{\"N\":\"1\"},\"n\":{\"S\":\"2.50\"}}"));
        assertThat(map(parameters, "{\"Id\":{\"N\":\"1\"}}")).isEqualTo(attributes("{\"Id\":{\"N\":\"1\"}}"));
        assertThatThrownBy(() -> map(parameters, "{\"Id\":{\"N\":\"1\"},\"n\":{\"S\":\"2\"}}"))
                .isInstanceOf(CannotMapException.class)
                .hasMessage("'n' is S, where the field says N");
    }

    @Test
    void map_namesWithDotsAndCommas_areEscaped() {
        Map<String, String> parameters =
                parameters("Id string,odd string", "id:Id,ODD:a\\,b\\.c\\:d", "NewImage.Id.S,NewImage.a\\,b\\.c\\:d.S");

        assertThat(map(parameters, "{\"Id\":{\"S\":\"1\"},\"a,b.c:d\":{\"S\":\"x\"}}"))
                .isEqualTo(attributes("{\"Id\":{\"S\":\"1\"},\"a,b.c:d\":{\"S\":\"x\"}}"));
    }

    @ParameterizedTest(name = "{3}")
    @CsvSource(
            delimiter = '|',
            value = {
                "id string,b string | id:Id,b:b | NewImage.Id.S | 2 columns and 1 fields, which match by position: column 2, 'b', has",
                "id string | id:Id | NewImage.Id.S,NewImage.b.S | position: field 2, 'NewImage.b.S', has no column",
                "id string,b strong | id:Id,b:b | NewImage.Id.S,NewImage.b.S | column 2, 'b strong', has a type",
                "id string,b | id:Id,b:b | NewImage.Id.S,NewImage.b.S | column 2, 'b', has not the form",
                "id string,id string | id:Id | NewImage.Id.S,NewImage.b.S | column 2, 'id', is defined for the second",
                "id string,b string | id:Id | NewImage.Id.S,NewImage.b.S | column 2, 'b', is not mapped",
                "id string | id:Id,c:c | NewImage.Id.S | entry 2 of the mapping maps the column 'c', which is not",
                "id string | id:Id,id:c | NewImage.Id.S | entry 2 of the mapping, 'id:c', maps a column for the second",
                "id string | id | NewImage.Id.S | entry 1 of the mapping, 'id', has not the form",
                "a string,b string | a:Id,b:Id | NewImage.Id.S,NewImage.b.S | entry 2 of the mapping, 'b:Id', maps a second column",
                "id string | id:Id | Id.S | field 1, 'Id.S', has not the form",
                "id string | id:Id | OldImage.Id.S | field 1, 'OldImage.Id.S', has not the form",
                "id string | id:Id | NewImage.Id.X | field 1, 'NewImage.Id.X', ends in no type",
                "id string | id:Id | NewImage.pk.S | field 1, 'NewImage.pk.S', would give a key attribute another name",
                "b string | b:b | NewImage.b.S | maps nothing to 'Id', a key attribute of table orders",
            })
    void create_wrongParameters_namesThePosition(String columns, String mapping, String fields, String message) {
        assertThatThrownBy(() -> map(parameters(columns, mapping, fields), "{}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }
}
