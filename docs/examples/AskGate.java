import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * A back end in Java that asks a gate (gate_app.py) about health codes. Java 17 and Jackson.
 *
 * <pre>java -cp "jackson/*" AskGate.java http://127.0.0.1:8460 &lt; codes.txt</pre>
 *
 * It reads one code from each line, as a scanner types it, and answers each with a line. A line that begins with + is a
 * person who may pass.
 */
public final class AskGate {

    /** A sentence, in English and in Chinese. */
    record Words(String en, String zh) {

        /** Returns the sentence in the language of this machine. */
        String here() {
            return "zh".equals(Locale.getDefault().getLanguage()) ? zh : en;
        }
    }

    /** What to tell the guard and the holder of a code that does not pass. */
    record Advice(Words guard, Words holder) {}

    /**
     * The part of a judgement that this back end needs.
     *
     * @param outcome "valid", "not valid" or "cannot judge"
     * @param verdict the reason, one stable word such as "expired"
     * @param color "green", "yellow" or "red"; null unless the code is valid
     * @param issuer who has set the colour; null unless the code is valid
     * @param holder the masked name; null unless the code is valid
     * @param advice null where the code is valid
     */
    @JsonIgnoreProperties(ignoreUnknown = true)
    record Judgement(
            @JsonProperty(required = true) String outcome,
            @JsonProperty(required = true) String verdict,
            String color,
            String issuer,
            String holder,
            Advice advice) {

        /** Tells whether this person may pass, by this back end's own rule: a valid code, and green. */
        boolean passes() {
            return "valid".equals(outcome) && "green".equals(color);
        }
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private final HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
    private final URI verifications;

    AskGate(URI gate) {
        verifications = gate.resolve("/verifications");
    }

    /**
     * Asks the gate about one code.
     *
     * @param text what the scanner has read, unchanged: no character is trimmed, and a space is one of them
     * @return the judgement
     * @throws IOException when there is none: nobody passes then, and nobody is refused for the code's sake
     */
    Judgement judge(String text) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(verifications)
                .timeout(Duration.ofSeconds(5))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(Map.of("text", text))))
                .build();
        var response = client.send(request, BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("the gate answers " + response.statusCode());
        }
        return JSON.readValue(response.body(), Judgement.class);
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var gate = new AskGate(URI.create(arguments[0]));
        var out = new PrintStream(System.out, true, UTF_8);
        var lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        for (String text; (text = lines.readLine()) != null; ) {
            try {
                var judgement = gate.judge(text);
                if (judgement.passes()) {
                    out.println("+ " + judgement.holder() + ", " + judgement.issuer());
                } else if (judgement.advice() == null) {
                    out.println("- " + judgement.color());
                } else {
                    out.println("- " + judgement.verdict() + ": " + judgement.advice().guard().here());
                }
            } catch (IOException error) { // the code was not judged: use the way for people without a code
                out.println("? " + error.getMessage());
            }
        }
    }
}
