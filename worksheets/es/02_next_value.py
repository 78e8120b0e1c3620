# %% [markdown]
# # Ejercicio 2. Una red recurrente hecha a mano
#
# Sin `nn.RNN`: tres parámetros y un bucle. En cada paso, $h_t = \tanh(W x_t + U h_{t-1} + b)$, con $h_0 = 0$. Los
# mismos $W$, $U$ y $b$ sirven para todos los pasos: **ahí está la compartición de pesos**. La red predice cuántas
# manchas tendrá el Sol el año que viene.
# %%
from pathlib import Path

import pyarrow as pa
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss


# %% [markdown]
# ## La celda y el bucle
# %%
class RNN(nn.Module):
    """inputs (batch, steps, input_size) -> el estado tras cada paso (batch, steps, hidden_size)"""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        super().__init__()
        # Los nombres y las formas: W (hidden_size, input_size), U (hidden_size, hidden_size), b (hidden_size,).
        # Pista: nn.Parameter, con números al azar entre −1/√hidden_size y 1/√hidden_size.
        raise NotImplementedError("hueco 1")

    def step(self, x: Tensor, h: Tensor) -> Tensor:
        """x (batch, input_size), h (batch, hidden_size) -> el nuevo h (batch, hidden_size)"""
        # Pista: cada fila del lote es un vector; ¿por qué lado se multiplica, y con qué traspuesta?
        raise NotImplementedError("hueco 2")

    def forward(self, inputs: Tensor) -> Tensor:
        # Pista: empieza con un estado de ceros; guarda el estado de cada paso y júntalos con torch.stack.
        raise NotImplementedError("hueco 3")


# %% [markdown]
# ## Los mismos pesos en todos los pasos
#
# El número de parámetros no depende de cuántos pasos haya. Y el gradiente de un peso es la suma de lo que aporta cada
# paso. Lo que aporta un paso lejano se multiplica una vez por cada paso intermedio: por eso puede crecer o
# desvanecerse.
# %%
class Forecaster(nn.Module):
    """values (batch, years) -> el valor siguiente (batch,)"""

    def __init__(self, hidden_size: int) -> None:
        super().__init__()
        self.rnn = RNN(1, hidden_size)
        self.output = nn.Linear(hidden_size, 1)

    def forward(self, values: Tensor) -> Tensor:
        # Pista: la RNN quiere (batch, steps, 1). ¿El estado de qué paso ha visto todos los años?
        raise NotImplementedError("hueco 4")


# %%
if __name__ == "__main__":
    # Las redes pequeñas pierden tiempo si los hilos se esperan unos a otros.
    torch.set_num_threads(1)
    ROOT = next(folder for folder in (Path.cwd(), *Path.cwd().parents) if (folder / "dvc.yaml").exists())
    table = pa.ipc.open_file(ROOT / "data/prepared/series/sunspots.arrow").read_all()
    spots = torch.tensor(table["value"].to_pylist())
    # 24 años, y el que hay que predecir.
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

# %% [markdown]
# ## Para pensar
#
# - ¿Cuántos parámetros tendría la red si cada uno de los 24 pasos tuviera los suyos?
# - ¿Qué pronostica la red para una serie de longitud distinta de 24? ¿Hay que cambiar algo?

# %% [markdown]
# ## Comprueba tu solución
#
# En una terminal, con el entorno del proyecto activado y esta hoja copiada como `my_next_value.py`:
#
#     rnn check 2 my_next_value.py
#
# El experimento lee datos preparados; si faltan:
#
#     dvc repro prepare@series
