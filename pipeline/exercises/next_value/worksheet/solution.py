# %% [markdown] lang="es"
# # Ejercicio 2. Una red recurrente hecha a mano
#
# Sin `nn.RNN`: tres parámetros y un bucle. En cada paso, $h_t = \tanh(W x_t + U h_{t-1} + b)$, con $h_0 = 0$. Los
# mismos $W$, $U$ y $b$ sirven para todos los pasos: **ahí está la compartición de pesos**. La red predice cuántas
# manchas tendrá el Sol el año que viene.
# %% [markdown] lang="en"
# # Exercise 2. A recurrent network by hand
#
# Without `nn.RNN`: three parameters and a loop. At each step $h_t = \tanh(W x_t + U h_{t-1} + b)$, with $h_0 = 0$. The
# same $W$, $U$ and $b$ serve every step: **this is where weights are shared**. The network forecasts how many spots the
# Sun will have next year.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss


# %% [markdown] lang="es"
# ## La celda y el bucle
# %% [markdown] lang="en"
# ## The cell and the loop
# %%
class RNN(nn.Module):
    # es: """inputs (batch, steps, input_size) -> el estado tras cada paso (batch, steps, hidden_size)"""
    """inputs (batch, steps, input_size) -> the state after every step (batch, steps, hidden_size)"""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        # es: Los nombres y las formas: W (hidden_size, input_size), U (hidden_size, hidden_size), b (hidden_size,).
        # en: Names and shapes: W (hidden_size, input_size), U (hidden_size, hidden_size), b (hidden_size,).
        # blank
        # es: Pista: nn.Parameter, con números al azar entre −1/√hidden_size y 1/√hidden_size.
        # en: Hint: nn.Parameter, with random numbers between −1/√hidden_size and 1/√hidden_size.
        bound = hidden_size**-0.5
        self.W = nn.Parameter(torch.empty(hidden_size, input_size).uniform_(-bound, bound))
        self.U = nn.Parameter(torch.empty(hidden_size, hidden_size).uniform_(-bound, bound))
        self.b = nn.Parameter(torch.empty(hidden_size).uniform_(-bound, bound))
        # end

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        # es: """x (batch, input_size), h (batch, hidden_size) -> el nuevo h (batch, hidden_size)"""
        """x (batch, input_size), h (batch, hidden_size) -> the new h (batch, hidden_size)"""
        # blank
        # es: Pista: cada fila del lote es un vector; ¿por qué lado se multiplica, y con qué traspuesta?
        # en: Hint: each row of the batch is a vector. On which side is it multiplied, and by what transposed?
        return torch.tanh(x @ self.W.T + h @ self.U.T + self.b)
        # end

    def forward(self, inputs: Tensor) -> Tensor:
        # blank
        # es: Pista: empieza con un estado de ceros; guarda el estado de cada paso y júntalos con torch.stack.
        # en: Hint: begin with a state of zeros; keep the state of every step, and join them with torch.stack.
        h = inputs.new_zeros(len(inputs), len(self.b))
        states = []
        for x in inputs.unbind(1):
            h = self.step(x, h)
            states.append(h)
        return torch.stack(states, 1)
        # end


# %% [markdown] lang="es"
# ## Los mismos pesos en todos los pasos
#
# El número de parámetros no depende de cuántos pasos haya. Y el gradiente de un peso es la suma de lo que aporta cada
# paso. Lo que aporta un paso lejano se multiplica una vez por cada paso intermedio: por eso puede crecer o
# desvanecerse.
# %% [markdown] lang="en"
# ## The same weights at every step
#
# How many parameters there are does not depend on how many steps there are. And the gradient of a weight is the sum of
# what each step adds. What a distant step adds is multiplied once for each step in between: so it may grow, or vanish.
# %%
class Forecaster(nn.Module):
    # es: """values (batch, years) -> el valor siguiente (batch,)"""
    """values (batch, years) -> the next value (batch,)"""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.rnn = RNN(1, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, values: Tensor) -> Tensor:
        # blank
        # es: Pista: la RNN quiere (batch, steps, 1). ¿El estado de qué paso ha visto todos los años?
        # en: Hint: the RNN wants (batch, steps, 1). The state of which step has seen all years?
        states = self.rnn(values.unsqueeze(2))
        return self.output(states[:, -1]).squeeze(1)
        # end


# %%
if __name__ == "__main__":
    # es: Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    # en: Small networks lose time when threads wait for each other.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    table = pa.ipc.open_file(ROOT / "data/prepared/series/sunspots.arrow").read_all()
    spots = torch.tensor(table["value"].to_pylist())
    # es: 24 años, y el que hay que predecir.
    # en: 24 years, and the one to forecast.
    windows = (spots / 50 - 1).unfold(0, 25, 1)
    cut = len(windows) * 4 // 5
    years, targets = windows[:, :-1], windows[:, -1]

    torch.manual_seed(1)
    model = Forecaster(8)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(1, 201):
        loss = mse_loss(model(years[:cut]), targets[:cut])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if epoch % 50 == 0:
            print(epoch, f"{50 * loss.item() ** 0.5:.1f}")
    with torch.inference_mode():
        for name, forecast in (("RNN", model(years[cut:])), ("last year", years[cut:, -1])):
            print(f"{name:10} {50 * mse_loss(forecast, targets[cut:]).item() ** 0.5:.1f}")

# %% [markdown] lang="es"
# ## Para pensar
#
# - ¿Cuántos parámetros tendría la red si cada uno de los 24 pasos tuviera los suyos?
# - ¿Qué pronostica la red para una serie de longitud distinta de 24? ¿Hay que cambiar algo?
# %% [markdown] lang="en"
# ## To think about
#
# - How many parameters would the network have if each of the 24 steps had its own?
# - What does the network forecast for a series that is not 24 years long? Does anything have to change?
