import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A client as its users write it, with nothing but the JDK: base URL and key are its arguments. It prints one line for
 * each answer, status and body.
 */
public class DropInClient {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private final String baseUrl;
  private final String header;
  private final String key;

  private DropInClient(String baseUrl, String header, String key) {
    this.baseUrl = baseUrl;
    this.header = header;
    this.key = key;
  }

  private void call(String method, String path, String body) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(baseUrl + path))
            .timeout(Duration.ofSeconds(20))
            .header(header, key)
            .header("User-Agent", "MyBrand");
    if (body == null) {
      request.method(method, BodyPublishers.noBody());
    } else {
      request.header("Content-Type", "application/json").method(method, BodyPublishers.ofString(body));
    }
    HttpResponse<String> response = CLIENT.send(request.build(), BodyHandlers.ofString());
    OUT.println(response.statusCode() + " " + response.body());
  }

  public static void main(String[] arguments) throws Exception {
    String baseUrl = arguments[0];
    String key = arguments[1];

    DropInClient vivoldi = new DropInClient(baseUrl, "Authorization", "APIKey " + key);
    vivoldi.call(
        "POST",
        "/api/link/v2/create",
        "{\"url\":\"https://example.com/java\",\"domain\":\"https://vvd.im\",\"brandLinkId\":\"\uc790\ubc14\"}");
    vivoldi.call("POST", "/api/link-group/v1/create", "{\"nm\":\"Java\"}");
    vivoldi.call(
        "GET", "/api/link/v1/list?linkId=%EC%9E%90%EB%B0%94&domain=https%3A%2F%2Fvvd.im&pages=1", null);
    vivoldi.call(
        "DELETE", "/api/link/v1/delete?linkId=%EC%9E%90%EB%B0%94&domain=https%3A%2F%2Fvvd.im", null);

    DropInClient bit2connect = new DropInClient(baseUrl, "X-API-KEY", key);
    bit2connect.call(
        "POST",
        "/1.0/links",
        "{\"code\":\"java-launch\",\"payload\":{\"link\":\"https://example.com/java\"}}");
    bit2connect.call(
        "PUT", "/1.0/links/java-launch", "{\"payload\":{\"link\":\"https://example.com/java/2\"}}");
    bit2connect.call("PATCH", "/1.0/links/java-launch/status", "{\"status\":\"PAUSED\"}");
    bit2connect.call("GET", "/1.0/links/java-launch", null);
    bit2connect.call("DELETE", "/1.0/links/java-launch", null);
  }
}
